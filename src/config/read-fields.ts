/**
 * Reads one object of the document by the descriptions of its fields: known fields are read, unknown ones judged.
 * Decides how complaints become problems; never what a field may hold.
 */
import { Fault, describeFound, fault } from './fault';
import type { FieldContext, FieldValues, Fields } from './field';
import { isPlainObject } from './plain-object';
import type { ProblemLog } from './problem-log';
import type { ForeignFields } from './foreign-field';
import { unknownFieldJudge } from './unknown-fields';

/**
 * Reads the fields of one object: gives `undefined` when it has errors. The log gets an error for each bad field
 * and a problem for each unknown one; `keys` are where the object is, from the log's base.
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
 * @param foreign fields of other programs that mean something here
 */
export function fieldReader<F extends Fields>(fields: F, foreign: ForeignFields): FieldReader<F> {
  const known = Object.entries(fields);
  const judgeUnknown = unknownFieldJudge(Object.keys(fields), foreign);
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
      } else if (value !== undefined) {
        values[key] = value;
      }
    }
    judgeUnknown(raw, log, keys);
    return sound ? (values as FieldValues<F>) : undefined;
  };
}
