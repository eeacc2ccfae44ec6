/** What a host may change of the page. */
import type { PageTexts } from './texts';

/** The options of `page`. */
export interface PageOptions {
  /** Title of the page and of its heading; default `Connections`. */
  readonly title?: string | undefined;
  /** Language of the texts, for `lang` (RFC 5646); default `en`. */
  readonly lang?: string | undefined;
  /** Texts in place of the English ones; each that is left out stays as it is. */
  readonly texts?: Partial<PageTexts> | undefined;
  /** CSS custom properties, such as `{ '--accent': '#6d28d9' }`; default those of the page. */
  readonly style?: Readonly<Record<`--${string}`, string>> | undefined;
  /** Where a link of the page leads back to, a path or a URL; default none. */
  readonly backTo?: string | undefined;
}
