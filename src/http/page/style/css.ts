/** Style sheets as they are written, and as they are sent. */

/** @returns the rules without the white space between them */
export function css(strings: TemplateStringsArray): string {
  const [text = ''] = strings;
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/([{;][a-z-]+): /g, '$1:')
    .replace(/;\}/g, '}')
    .trim();
}
