/** Every text of the page. */
export interface PageTexts {
  /** Label of the button that begins an authorization. */
  readonly connect: string;
}
