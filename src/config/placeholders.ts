/**
 * Finds placeholders of other programs in a text that would be taken as it is, such as `${env:NAME}` or `{{NAME}}`.
 * Decides what looks like one; a message never shows any of the text.
 */
import type { Fault } from './fault';
import { fault } from './fault';
import { VARIABLE } from './interpolate';

/**
 * What a text is, which decides what in it can only be a placeholder: `prose` may hold anything, and a `secret` may hold by
 * chance what is one elsewhere.
 */
export type TextContent = 'prose' | 'value' | 'secret' | 'address';

interface Form {
  readonly written: string;
  readonly pattern: RegExp;
}

/** Bounded, so that a hostile text costs no more than its length times the bound. */
const NAMED = '[^{}$]{0,200}';

/** Nobody writes these by chance. */
const CERTAIN: readonly Form[] = [
  { written: '${{ NAME }}', pattern: /\$\{\{/ },
  { written: '${...}', pattern: new RegExp(String.raw`\$\{${NAMED}\}`) },
  { written: '$env:NAME', pattern: /\$(?:env|secret|input):\w/i },
  {
    written: '{env:NAME}',
    pattern: new RegExp(String.raw`\{(?:env|file|input|secrets?|cmd):${NAMED}\}`, 'i'),
  },
];

/** A secret is refused only if it is nothing else. Two hexadecimal digits after `%` are percent-encoding. */
const LIKELY: readonly Form[] = [
  { written: '{{NAME}}', pattern: new RegExp(String.raw`\{\{${NAMED}\}\}`) },
  { written: '$(...)', pattern: /\$\([^()]{1,200}\)/ },
  { written: '<NAME>', pattern: /<[^<>]{1,200}>/ },
  { written: '%NAME%', pattern: /%(?![0-9A-Fa-f]{2})[A-Za-z_]\w{0,200}%/ },
  { written: '$NAME', pattern: /\$[A-Z][A-Z0-9_]+(?![a-z])/ },
];

/** Placeholders only where the text is nothing else. */
const ALONE: readonly Form[] = [
  { written: '$NAME', pattern: /^\$[A-Za-z_]\w*$/ },
  { written: '%NAME%', pattern: /^%[A-Za-z_]\w*%$/ },
  { written: 'os.environ/NAME', pattern: /^os\.environ\/\w+$/ },
  { written: 'op://...', pattern: /^op:\/\/\S+$/ },
];

/** No address has braces: RFC 3986 has them percent-encoded. */
const TEMPLATE: Form = { written: '{NAME}', pattern: /\{\w[\w.-]{0,100}\}/ };

const LIKELY_ALONE = LIKELY.map(({ written, pattern }) => ({
  written,
  pattern: new RegExp(`^(?:${pattern.source})$`),
}));

const FORMS: Readonly<Record<TextContent, readonly Form[]>> = {
  prose: [],
  value: [...CERTAIN, ...ALONE, ...LIKELY],
  secret: [...CERTAIN, ...ALONE, ...LIKELY_ALONE],
  address: [...CERTAIN, ...ALONE, ...LIKELY, TEMPLATE],
};

const OWN = new RegExp(String.raw`\$?${VARIABLE}`, 'g');

/**
 * The complaint about a placeholder that is not one of this format, if there is one.
 *
 * @param text as declared: what a variable holds is not looked at, so a literal text can come from there
 */
export function placeholderFault(text: string, content: TextContent): Fault | undefined {
  if (content === 'prose' || !/[$%{<]|^op:|^os\./.test(text)) return undefined;
  // A default is taken as it is, too.
  const literal = text
    .replace(OWN, (_match, _name, fallback: string | undefined) => ` ${fallback ?? ''} `)
    .trim();
  const found = FORMS[content].find(({ pattern }) => pattern.test(literal));
  if (found === undefined) return undefined;
  const remedy = 'write ${NAME} for the variable NAME, or ${NAME:-default}';
  return fault('invalid_value', `a placeholder of another program, such as ${found.written}`, remedy);
}
