/**
 * Reads one object of the document by the descriptions of its fields: known fields are read, unknown ones warned about.
 * Decides how complaints become problems; never what a field may hold.
 */
import { quote } from '../errors';
import { Fault, describeFound, fault } from './fault';
import type { FieldContext, FieldValues, Fields } from './field';
import { isPlainObject } from './plain-object';
import type { ProblemLog } from './problem-log';
import { suggester } from '../suggest';

const MAX_UNKNOWN_SHOWN = 20;

/**
 * Reads the fields of one object: gives `undefined` when it has errors. The log gets an error for each bad field
 * and a warning for each unknown one; `keys` are where the object is, from the log's base.
 */
export type FieldReader<F extends Fields> = (
  raw: unknown,
  context: FieldContext,
  log: ProblemLog,
  keys?: readonly string[],
) => FieldValues<F> | undefined;

/**
 * A reader of objects that have these fields; a field that is null counts as absent.
 *
 * @param fields a complaint of one is a value and not an exception: a hostile document may have a million of them
 */
export function fieldReader<F extends Fields>(fields: F): FieldReader<F> {
  const known = Object.entries(fields);
  const warnOfUnknown = unknownFieldWarner(Object.keys(fields));
  return (raw, context, log, keys = []) => {
    if (!isPlainObject(raw)) {
      log.error(fault('invalid_type', describeFound(raw, 'shape'), 'it must be an object'), keys);
      return undefined;
    }
    const values: Record<string, unknown> = {};
    let sound = true;
    for (const [key, { read }] of known) {
      const given = Object.hasOwn(raw, key) ? raw[key] : undefined;
      if (given === undefined || given === null) {
        continue;
      }
      const value = read(given, context);
      if (value instanceof Fault) {
        log.error(value, [...keys, key]);
        sound = false;
      } else {
        values[key] = value;
      }
    }
    warnOfUnknown(raw, log, keys);
    return sound ? (values as FieldValues<F>) : undefined;
  };
}

/**
 * Warns of each key that is not known, with the one that was probably meant; `x-...` and `//...` are free.
 *
 * @param known the keys that are allowed
 */
export function unknownFieldWarner(
  known: readonly string[],
): (raw: Readonly<Record<string, unknown>>, log: ProblemLog, keys?: readonly string[]) => void {
  const allowed = new Set(known);
  const suggest = suggester(known);
  return (raw, log, keys = []) => {
    let unknown = 0;
    for (const key of Object.keys(raw)) {
      if (allowed.has(key) || key.startsWith('x-') || key.startsWith('//')) {
        continue;
      }
      unknown += 1;
      if (unknown <= MAX_UNKNOWN_SHOWN) {
        const meant = suggest(key);
        const hint = meant === undefined ? 'it is ignored' : `did you mean ${quote(meant)}?`;
        log.warn('unknown_field', `found the unknown field ${quote(key)}; ${hint}`, [...keys, key]);
      }
    }
    if (unknown > MAX_UNKNOWN_SHOWN) {
      const more = unknown - MAX_UNKNOWN_SHOWN;
      log.warn('unknown_field', `found ${more} more unknown fields; they are ignored`, keys);
    }
  };
}
