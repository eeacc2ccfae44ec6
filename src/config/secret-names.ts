/**
 * Which names of fields and parameters say that their value is a secret, wherever that is asked: in a declaration, in what an
 * answer brings beside the tokens, and in what is stored beside them already. Never looks at a value.
 */

/** A name that ends in one of these words: `bot_token` is a secret, `token_access_type` is not. */
const LAST_WORDS = words(
  'secret secrets password passwords passwd passphrase passcode pwd credential credentials token jwt jwts assertion ' +
    'assertions authorization bearer cookie cookies session verifier',
);

/** A name that ends in two of these: `api_key` is a secret, `project_key` and `max_tokens` are not. They may be one word. */
const LAST_PAIRS: ReadonlySet<string> = new Set([
  ...pairs('access account api auth encryption functions license master private secret service', 'key'),
  ...pairs('session shared signing subscription webhook', 'key'),
  ...pairs('access api auth bearer bot id refresh session user', 'token'),
  ...pairs('client', 'secret'),
  ...pairs('db smtp user', 'pass'),
  ...pairs('db user', 'password'),
  ...pairs('basic http proxy', 'auth'),
  ...pairs('amz goog', 'signature'),
  ...pairs('session', 'id'),
  ...pairs('connection', 'string'),
]);

/**
 * A name that is one of these and nothing else: `auth` is a secret, `requires_auth` is not. In stored JSON only at the top:
 * the `key` of a project is none.
 */
const WHOLE_NAMES = words('auth key pass sas sig signature tokens');

/**
 * Whether the value of a field or a parameter is a secret, as far as its name can tell: by its last words, in any case and
 * with any separators.
 * @param name of the field; or the dotted path of one, which is secret where a part of it is
 * @param isNested whether it stands in stored JSON, within another field
 */
export function looksSecret(name: string, isNested = false): boolean {
  const parts = name.normalize('NFKC').split('.');
  return parts.some((part, index) => isSecret(wordsOf(part), !isNested && index === parts.length - 1));
}

/** Parameters of a callback that end a flow, or find it. */
const OF_THE_FLOW: ReadonlySet<string> = new Set(['code', 'state']);

/** Whether a field of an answer or a callback, or what is in one, may not be kept in clear. */
export function isNeverCaptured(name: string): boolean {
  return looksSecret(name) || OF_THE_FLOW.has(name.toLowerCase());
}

function isSecret(named: readonly string[], mayBeWhole: boolean): boolean {
  if (named.length === 1 && mayBeWhole && WHOLE_NAMES.has(named[0] ?? '')) return true;
  // `token_value` and `password2` count as `token` and `password`.
  const relevant = named.length > 1 && named.at(-1) === 'value' ? named.slice(0, -1) : named;
  const last = (relevant.at(-1) ?? '').replace(/\d+$/, '');
  return LAST_WORDS.has(last) || LAST_PAIRS.has(last) || LAST_PAIRS.has(`${relevant.at(-2) ?? ''}${last}`);
}

function wordsOf(name: string): string[] {
  const apart = name.replace(/([a-z\d])(?=[A-Z])/g, '$1_').replace(/([A-Z])(?=[A-Z][a-z])/g, '$1_');
  return apart
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => /\D/.test(word));
}

/**
 * Deletes the fields of a JSON value whose names look like secrets, however deep they are.
 * @param value changed in place
 */
export function deleteSecrets(value: unknown): void {
  const found: unknown[] = [value];
  // No recursion: a stored text may be nested as deeply as it is long.
  for (const one of found) {
    if (typeof one !== 'object' || one === null) continue;
    for (const [name, inside] of Object.entries(one)) {
      if (Array.isArray(one) || !looksSecret(name, one !== value)) found.push(inside);
      else Reflect.deleteProperty(one, name);
    }
  }
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** Each first word with the second, and with its plural. */
function pairs(first: string, second: string): string[] {
  return first.split(' ').flatMap((word) => [`${word}${second}`, `${word}${second}s`]);
}
