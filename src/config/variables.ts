/**
 * What in a text stands for something else: `${VAR}`, `${VAR:-default}` and `$${VAR}` (a literal `${VAR}`), which are replaced,
 * and placeholders of other programs, such as `${env:NAME}` or `{{NAME}}`, which would be taken as they are.
 */
import type { Fault } from './fault';
import { fault } from './fault';

/** Variables by name; one that is `undefined` is not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly text: string;
  /** Variables that are not set and have no default, each once, in the order met. */
  readonly missing: readonly string[];
}

/**
 * Pattern of one variable. A default ends at the first brace and cannot hold another `${`, which also keeps the search
 * linear.
 */
export const VARIABLE = String.raw`\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-((?:(?!\$\{)[^}])*))?\}`;
const EXPANSION = new RegExp(String.raw`(\$?)${VARIABLE}`, 'g');

/** In characters; no field may be as long. */
const TOO_LONG = 1_000_000;

/**
 * Expands each variable of a text once; what a variable gave is not looked at again. Values that would make it longer than any field may
 * be are left out once it is too long, so that they do not fill the memory.
 *
 * @param text any other `${` in it stays as it is
 * @param environment variables by name; an empty one counts as unset where a default is given, as in shells
 */
export function interpolate(text: string, environment: Environment): Interpolated {
  if (!text.includes('${')) {
    return { text, missing: [] };
  }
  const missing = new Set<string>();
  let length = text.length;
  const expanded = text.replace(
    EXPANSION,
    (match: string, escape: string, name: string, fallback: string | undefined) => {
      if (escape !== '') {
        return match.slice(1);
      }
      const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
      if (fallback !== undefined && (value === undefined || value === '')) {
        return fallback;
      }
      if (value === undefined) {
        missing.add(name);
        return match;
      }
      if (length > TOO_LONG) return '';
      length += value.length;
      return value;
    },
  );
  return { text: expanded, missing: [...missing] };
}

/**
 * What a text is, which decides which placeholder forms are refused in it: `prose` may hold anything, and a `secret` may
 * contain some of these forms by chance.
 */
export type TextContent = 'prose' | 'value' | 'secret' | 'address';

interface Form {
  readonly written: string;
  readonly pattern: string;
  /** The kinds of text in which the form is refused even as a part of the text. As the whole text, it is refused in all but prose. */
  readonly amid?: readonly TextContent[];
  /** Letters of either case (default false). */
  readonly anyCase?: boolean;
}

const ANYWHERE = ['value', 'secret', 'address'] as const;
const NOT_IN_SECRETS = ['value', 'address'] as const;

/** Bounded, so that a hostile text costs no more than its length times the bound. */
const NAMED = '[^{}]{0,200}';
const raw = String.raw;

/** An address may have `$` in its path and its query, as OData does, and an `issuer` of Microsoft Entra has `{tenantid}`. */
const FORMS: readonly Form[] = [
  { written: '${{ NAME }}', pattern: raw`\$\{\{${NAMED}\}\}`, amid: ANYWHERE },
  { written: '${...}', pattern: raw`\$\{${NAMED}\}`, amid: ANYWHERE },
  { written: '$env:NAME', pattern: raw`\$(?:env|secret|input):\w+`, amid: ANYWHERE, anyCase: true },
  {
    written: '{env:NAME}',
    pattern: raw`\{(?:env|file|input|secrets?|cmd):${NAMED}\}`,
    amid: ANYWHERE,
    anyCase: true,
  },
  { written: '{{NAME}}', pattern: raw`=?\{\{${NAMED}\}\}`, amid: NOT_IN_SECRETS },
  { written: '$(...)', pattern: raw`\$\([^()]{1,200}\)`, amid: NOT_IN_SECRETS },
  { written: '<NAME>', pattern: raw`<[^<>]{1,200}>`, amid: NOT_IN_SECRETS },
  // Two hexadecimal digits after `%` are percent-encoding.
  { written: '%NAME%', pattern: raw`%[A-Za-z_]\w{0,200}%(?![0-9A-Fa-f]{2})`, amid: NOT_IN_SECRETS },
  // No address has braces: RFC 3986 has them percent-encoded.
  { written: '{NAME}', pattern: raw`\{\w[\w.-]{0,100}\}`, amid: ['address'] },
  { written: '$NAME', pattern: raw`\$[A-Za-z_]\w*(?:/[^]*)?` },
  { written: '$NAME', pattern: raw`https?://[^/?#$]{0,200}\$\w[^]*`, anyCase: true },
  { written: 'env:NAME', pattern: raw`env:[A-Za-z_]\w*` },
  { written: 'process.env.NAME', pattern: raw`process\.env\.\w+` },
  { written: 'os.environ/NAME', pattern: raw`os\.environ/\w+` },
  { written: 'op://...', pattern: raw`op://\S+` },
  { written: 'YOUR_NAME', pattern: raw`YOUR[_-][A-Z0-9_-]+` },
];

const COMPILED = FORMS.map(({ written, pattern, amid = [], anyCase = false }) => ({
  written,
  amid: new Set<TextContent>(amid),
  inside: new RegExp(pattern, anyCase ? 'i' : ''),
  whole: new RegExp(`^(?:${pattern})$`, anyCase ? 'i' : ''),
}));

/** What every form begins with: most texts have none of it. */
const BEGINNING = /[$%{<]|^\s*(?:env:|process\.|os\.|op:|YOUR)/;
const OWN = new RegExp(raw`\$?${VARIABLE}`, 'g');
const REMEDY = 'write ${NAME} for the variable NAME, or ${NAME:-default}';
const SECRET_REMEDY = `${REMEDY}; or, if that is the secret itself, use client_secret_env`;

/**
 * The complaint about a placeholder that is not one of this format, if there is one.
 *
 * @param text as declared: what a variable holds is not looked at, so a literal text can come from there
 */
export function placeholderFault(text: string, content: TextContent): Fault | undefined {
  if (content === 'prose' || !BEGINNING.test(text)) return undefined;
  // A default is taken as it is, too.
  const literal = text
    .replace(OWN, (_match, _name, fallback: string | undefined) => ` ${fallback ?? ''} `)
    .trim();
  const found = COMPILED.find(({ amid, inside, whole }) =>
    (amid.has(content) ? inside : whole).test(literal),
  );
  if (found === undefined) return undefined;
  const remedy = content === 'secret' ? SECRET_REMEDY : REMEDY;
  return fault('invalid_value', `a placeholder of another program, such as ${found.written}`, remedy);
}
