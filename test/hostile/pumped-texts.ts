/** Texts that make an expression backtrack: the same few characters over and over, and then something else. */
import fc from 'fast-check';

const starts = [
  '',
  '',
  'Bearer ',
  'Bearer scope="',
  'Bearer a="b',
  'max-age',
  'max-age=',
  '/',
  'https://',
  'https://a/',
  '{"a":"',
  'a=',
];
const pieces = [
  'a',
  'aA',
  '0',
  ' ',
  '\t',
  '\n',
  ',',
  ', ',
  '=',
  ' =',
  '= ',
  '"',
  '\\',
  '\\"',
  '\\\\',
  '"="',
  'a=',
  'a="',
  'a=b,',
  'a="b",',
  'a ',
  '-',
  '_',
  '.',
  '..',
  '/',
  '/.',
  '/../',
  '%',
  '%20',
  '%2e',
  ':',
  ';',
  '@',
  '?',
  '#',
  '&',
  '&a=',
  '[',
  '[]',
  '{',
  '(',
  '<',
  '+',
  '*',
  '\u0000',
  '\u2028',
  '\u00E9',
  '\u{1F600}',
  '\uD800',
  'max-age',
  'max-age=',
  'max-age =',
  'no-cache',
  'Bearer ',
  'scope=',
  'http://',
  '127.',
  '0x',
];
const ends = ['', '', '!', '"', '=', ',', '\u0000', '<', ' x', '\\'];

/** A start, something repeated until the text is as long as asked, and an end that fits no expression. */
export const pumpedText = fc
  .tuple(
    fc.constantFrom(...starts),
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 }),
    fc.constantFrom(...ends),
  )
  .map(([start, pumped, end]) => {
    const once = pumped.join('');
    return {
      what: [start, once, end],
      of: (length: number) => start + once.repeat(Math.ceil(length / once.length)) + end,
    };
  });
