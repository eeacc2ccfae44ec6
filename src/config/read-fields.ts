/** Reads one object of the document by the descriptions of its fields: complaints of fields become problems with paths. */
import { Fault, typeFault } from './fault';
import type { FieldContext, FieldValues, Fields } from './fields/field';
import type { ForeignFields } from './foreign/unknown-fields';
import { unknownFieldJudge } from './foreign/unknown-fields';
import { isGiven, isPlainObject } from './json';
import type { ProblemLog } from './problems';

/** What an object of the document has. */
interface FieldReading<F extends Fields> {
  /** The fields that are there, those with errors among them. */
  readonly given: ReadonlySet<string>;
  /** `undefined` where a field has an error. */
  readonly values: FieldValues<F> | undefined;
}

/**
 * Reads the fields of one object. The log gets an error for each bad field and a problem for each unknown one; `keys` are where
 * the object is, from the log's base.
 */
export type FieldReader<F extends Fields> = (
  raw: unknown,
  context: FieldContext,
  log: ProblemLog,
  keys?: readonly string[],
) => FieldReading<F>;

/**
 * A reader of objects that have these fields; a field that is null counts as absent.
 *
 * @param fields those to read
 * @param foreign fields of other programs that mean something here
 * @param elsewhere fields that are known, and read by other means
 */
export function fieldReader<F extends Fields>(
  fields: F,
  foreign: ForeignFields,
  elsewhere: readonly string[] = [],
): FieldReader<F> {
  const known = Object.entries(fields);
  const judgeUnknown = unknownFieldJudge([...Object.keys(fields), ...elsewhere], foreign);
  return (raw, context, log, keys = []) => {
    const given = new Set<string>();
    if (!isPlainObject(raw)) {
      log.error(typeFault(raw, 'it must be an object'), keys);
      return { given, values: undefined };
    }
    const values: Record<string, unknown> = {};
    let isSound = true;
    for (const [key, { read }] of known) {
      const value = isGiven(raw, key) ? read(raw[key], context) : undefined;
      if (value === undefined) continue;
      given.add(key);
      if (value instanceof Fault) {
        log.error(value, [...keys, key]);
        isSound = false;
      } else {
        values[key] = value;
      }
    }
    judgeUnknown(raw, log, keys);
    return { given, values: isSound ? (values as FieldValues<F>) : undefined };
  };
}
