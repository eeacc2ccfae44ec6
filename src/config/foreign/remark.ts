/**
 * What a field of another program can mean here. Decides, for the value of such a field and the object that it is in,
 * whether it may be ignored: only where the connection is then still what its declaration says.
 */
import { fold, isSlipOf } from '../../suggest';

type PlainObject = Readonly<Record<string, unknown>>;

/** What is said of a field of another program. */
export interface Remark {
  /** An error where the connection would differ from what its declaration says if the field were ignored. */
  readonly severity: 'error' | 'warning' | 'none';
  /** Part of a sentence, after "found the unknown field": what to write. */
  readonly hint: string;
}

/** Judges a field by its value and the object that it is in; `undefined` where the value means nothing here. */
export type ForeignField = (value: unknown, object: PlainObject) => Remark | undefined;

/** Fields of other programs by their folded names: `clientID` and `client_id` are one. */
export type ForeignFields = ReadonlyMap<string, ForeignField>;

export const refuse = (hint: string): Remark => ({ severity: 'error', hint });

export const ignore = (hint: string): Remark => ({ severity: 'warning', hint });

export const ignoreFor = (field: string): Remark => ignore(`it is ignored, as "${field}" is there`);

export const didYouMean = (field: string): string => `did you mean "${field}"?`;

export const SAME_AS_DEFAULT: Remark = ignore('it is ignored: that is the default');

/** Whether an object has a field; one that is null counts as absent, and so does one of every object's. */
export function isGiven(object: PlainObject, key: string): boolean {
  return Object.hasOwn(object, key) && object[key] !== undefined && object[key] !== null;
}

/** @param names separated by spaces */
export function judgeNames(names: string, judge: ForeignField): [string, ForeignField][] {
  return names.split(' ').map((name) => [fold(name), judge]);
}

/** Judges another name of a field: nothing is lost where one of ours is there too. */
export function otherNameOf(...fields: readonly [string, ...string[]]): ForeignField {
  return (_value, object) => {
    const given = fields.find((field) => isGiven(object, field));
    return given === undefined ? refuse(didYouMean(fields[0])) : ignoreFor(given);
  };
}

const YES: ReadonlySet<unknown> = new Set([true, 1, 'true', 'yes', 'on', '1', 'enabled', 'active']);

const NO: ReadonlySet<unknown> = new Set<unknown>([
  false,
  0,
  'false',
  'no',
  'off',
  '0',
  '',
  'none',
  'disabled',
  'inactive',
  'paused',
  'stopped',
]);

/** What a value says where a yes or a no is expected; `open` if a variable or a placeholder decides that. */
export function answerOf(value: unknown): 'yes' | 'no' | 'open' | undefined {
  const word = asWord(value);
  if (YES.has(word)) return 'yes';
  if (NO.has(word)) return 'no';
  return typeof word === 'string' && /[$%{<]/.test(word) ? 'open' : undefined;
}

export function asWord(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value;
}

const WORDS = ['enabled', 'disabled'];

/** The folded name of a field, or the word that it is a slip of the pen for. */
export function switchName(key: string): string {
  return WORDS.find((word) => isSlipOf(word, key)) ?? fold(key);
}
