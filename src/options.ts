/**
 * Checks the options that a host's program gives, as soon as it gives them: an unknown name, a wrong type or a value out
 * of range is an `option_invalid` that says which option of which call it is. No message shows a text: it may be a secret.
 */
import { ConnectionsError, quote } from './errors';
import { suggester } from './suggest';
import { hasCredentials, parseUrl, parseWebUrl } from './url';

/** What a value must be, as the end of a sentence; `undefined` when it is that. */
export type Check = (value: unknown) => string | undefined;

/** A check for each option of a type, so that the compiler notices a forgotten one. */
export type OptionChecks<Options> = { readonly [Name in keyof Required<Options>]: Check };

/**
 * @param call as the host writes it, `new Connections`
 * @param options an option that is `undefined` counts as absent
 * @returns the options
 * @throws ConnectionsError `option_invalid`
 */
export function checkOptions<Options extends object>(
  call: string,
  options: Options,
  checks: OptionChecks<Options>,
): Options {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw optionInvalid(`The options of \`${call}\` must be an object; found ${kindOf(given)}.`);
  }
  const known = Object.keys(checks);
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const meant = suggester(known)(name);
    const hint = meant === undefined ? ` It has ${known.join(', ')}.` : ` Did you mean \`${meant}\`?`;
    throw optionInvalid(`\`${call}\` has no option ${quote(name)}.${hint}`);
  }
  for (const name of known) {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    const check = checks[name as keyof Options];
    if (value === undefined && !requiredChecks.has(check)) continue;
    const expected = check(value);
    if (expected !== undefined) {
      const found = value === undefined ? 'it is missing' : `found ${kindOf(value)}`;
      throw optionInvalid(`Option \`${name}\` of \`${call}\` must be ${expected}; ${found}.`);
    }
  }
  return options;
}

export function optionInvalid(message: string): ConnectionsError {
  return new ConnectionsError('option_invalid', message);
}

const requiredChecks = new WeakSet<Check>();

/** The same check for an option without a default. */
export function required(check: Check): Check {
  const both: Check = (value) => check(value);
  requiredChecks.add(both);
  return both;
}

/** The longest time that Node.js can wait: 24.8 days. */
const MAX_MS = 2_147_483_647;

export function milliseconds(least = 1, most = MAX_MS): Check {
  return wholeNumber(least, most, 'milliseconds');
}

export function rowCount(most = 100_000): Check {
  return wholeNumber(1, most, 'rows');
}

export function wholeNumber(least: number, most: number, unit: string): Check {
  const expected = `a whole number of ${unit} from ${least} to ${most}`;
  return (value) =>
    Number.isInteger(value) && isWithin(value as number, least, most) ? undefined : expected;
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

/** A text that is not empty. */
export const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'a text that is not empty';

export const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');

export const callback: Check = (value) => (typeof value === 'function' ? undefined : 'a function');

export const object: Check = (value) =>
  typeof value === 'object' && value !== null ? undefined : 'an object';

/** For values that are checked where they are read. */
export const anything: Check = () => undefined;

/** Recognized by its members: a polyfill, or another realm, has an `AbortSignal` class of its own. */
export const abortSignal: Check = (value) =>
  typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value
    ? undefined
    : 'an AbortSignal';

export function oneOf(...words: readonly string[]): Check {
  const quoted = words.map((word) => `'${word}'`);
  const expected = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  return (value) => (words.includes(value as string) ? undefined : expected);
}

/** @param methods that the object must have */
export function objectWith(...methods: readonly string[]): Check {
  const expected = `an object with the method${methods.length > 1 ? 's' : ''} ${methods.join(', ')}`;
  return (value) => {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    const has = (name: string) => typeof (value as Record<string, unknown>)[name] === 'function';
    return isObject && methods.every(has) ? undefined : expected;
  };
}

/** An absolute URL with one of these schemes, without user name and password. */
export function webUrl(example: string, protocols = /^https?:$/): Check {
  return (value) => {
    const url = typeof value === 'string' ? parseUrl(value) : null;
    const isSound = url !== null && protocols.test(url.protocol) && !hasCredentials(url);
    return isSound ? undefined : `a URL such as \`${example}\``;
  };
}

/** A list of origins: scheme, host and port, without a path. */
export const origins: Check = (value) => {
  const isOrigin = (one: unknown) => {
    const url = typeof one === 'string' ? parseWebUrl(one) : null;
    return url !== null && url.href === `${url.origin}/`;
  };
  return Array.isArray(value) && value.every(isOrigin)
    ? undefined
    : 'a list of origins such as `https://app.example.com`, each without a path';
};

/** What a value is, without showing a text. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value === '' ? 'an empty text' : `a text of length ${value.length}`;
  if (Array.isArray(value)) return `a list of length ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
