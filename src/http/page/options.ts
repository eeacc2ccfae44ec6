/** What a host may change of the page, and whether what it gives can be used. */
import type { Check, OptionChecks } from '../../options';
import { checkOptions, text } from '../../options';
import type { PageStyle } from './style/palette';
import { pageProperties } from './style/palette';
import type { PageTexts } from './texts';
import { englishTexts } from './texts';

/** The options of `page`. */
export interface PageOptions {
  /** Title of the page and of its heading; default `Connections`. */
  readonly title?: string | undefined;
  /** Language of the texts, for `lang` (RFC 5646); default `en`. */
  readonly lang?: string | undefined;
  /** Texts in place of the English ones; each that is left out stays as it is. */
  readonly texts?: Partial<PageTexts> | undefined;
  /** CSS custom properties, such as `{ '--accent': '#6d28d9' }`; default those of the page. */
  readonly style?: PageStyle | undefined;
  /** Where a link of the page leads back to, a path or a URL; default none. */
  readonly backTo?: string | undefined;
}

const language: Check = (value) => {
  try {
    return typeof value === 'string' && Intl.getCanonicalLocales(value).length === 1 ? undefined : expected;
  } catch {
    return expected;
  }
};
const expected = 'a language tag such as `en` or `pt-BR`';

/** One value of a property, which must not end the rule that it stands in. */
const value: Check = (one) =>
  typeof one === 'string' && one.trim() !== '' && !/[<>{};\\]|\/\*/.test(one)
    ? undefined
    : 'a CSS value without `;`, braces, angle brackets, backslashes and comments';

const checks: OptionChecks<PageOptions> = {
  title: text,
  lang: language,
  texts: (given) => membersOf('page.texts', given, Object.keys(englishTexts), text),
  style: (given) => membersOf('page.style', given, pageProperties, value),
  backTo: text,
};

/**
 * @returns the options
 * @throws ConnectionsError `option_invalid`
 */
export function checkPageOptions(options: PageOptions): PageOptions {
  return checkOptions('connectionsHandler: page', options, checks);
}

/** @throws ConnectionsError `option_invalid` that names the member */
function membersOf(option: string, given: unknown, names: readonly string[], check: Check): undefined {
  checkOptions(
    `connectionsHandler: ${option}`,
    given as object,
    Object.fromEntries(names.map((name) => [name, check])),
  );
}
