/**
 * What a field of another program can mean here. Decides, for the value of such a field and the object that it is in,
 * whether it may be ignored: only where the connection is then still what its declaration says.
 */
import { fold } from '../suggest';

type PlainObject = Readonly<Record<string, unknown>>;

/** What is said of a field of another program. */
export interface Remark {
  /** Whether the connection would differ from what its declaration says if the field were ignored. */
  readonly isError: boolean;
  /** Part of a sentence, after "found the unknown field": what to write. */
  readonly hint: string;
}

/** What a field of another program means, for its value and the object that it is in. */
export type ForeignField = (value: unknown, object: PlainObject) => Remark;

/** Fields of other programs by their folded names: `clientID` and `client_id` are one. */
export type ForeignFields = ReadonlyMap<string, ForeignField>;

export const error = (hint: string): Remark => ({ isError: true, hint });
export const warning = (hint: string): Remark => ({ isError: false, hint });
export const didYouMean = (field: string): string => `did you mean "${field}"?`;
export const ignoredFor = (field: string): Remark => warning(`it is ignored, as "${field}" is there`);
export const isDefault: Remark = warning('it is ignored: that is the default');

export function isGiven(object: PlainObject, key: string): boolean {
  return object[key] !== undefined && object[key] !== null;
}

/** @param names separated by spaces */
export function named(meant: ForeignField, names: string): [string, ForeignField][] {
  return names.split(' ').map((name) => [fold(name), meant]);
}

/** A field that this package has under another name: nothing is lost where that is there too. */
export function meaning(...fields: readonly [string, ...string[]]): ForeignField {
  return (_value, object) => {
    const given = fields.find((field) => isGiven(object, field));
    return given === undefined ? error(didYouMean(fields[0])) : ignoredFor(given);
  };
}

/** A setting that changes nothing where it asks for what is done in any case. */
export function unless(defaults: readonly unknown[], otherwise: ForeignField): ForeignField {
  return (value, object) => (defaults.includes(lower(value)) ? isDefault : otherwise(value, object));
}

const YES: ReadonlySet<unknown> = new Set([true, 1, 'true', 'yes', 'on', '1', 'enabled', 'active']);
const NO: ReadonlySet<unknown> = new Set([false, 0, 'false', 'no', 'off', '0', '']);

/** Whether a value clearly says yes; a variable does not. */
export const saysYes = (value: unknown): boolean => YES.has(lower(value));
export const saysNo = (value: unknown): boolean => NO.has(lower(value));

export function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value;
}
