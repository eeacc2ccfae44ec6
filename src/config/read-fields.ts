/**
 * Applies a schema to one object of the document: known fields are read, unknown ones warned about.
 * Decides how complaints become problems; never what a field may hold.
 */
import type { ZodMiniObject } from 'zod/mini';
import { quote } from '../errors';
import { Fault, describeFound, fault } from './fault';
import { isPlainObject } from './plain-object';
import type { ProblemLog } from './problem-log';
import type { SoundFields } from './schema';
import { suggester } from '../suggest';

const MAX_UNKNOWN_SHOWN = 20;

/**
 * Reads the fields of one object: gives `undefined` when it has errors. The log gets an error for each bad field
 * and a warning for each unknown one; `keys` are where the object is, from the log's base.
 */
export type FieldReader<S extends ZodMiniObject> = (
  raw: unknown,
  log: ProblemLog,
  keys?: readonly string[],
) => SoundFields<S> | undefined;

/**
 * A reader of objects of one schema; a null field counts as one that is not there.
 *
 * @param schema its keys are the known fields
 */
export function fieldReader<S extends ZodMiniObject>(schema: S): FieldReader<S> {
  const known = Object.keys(schema.shape);
  const warnOfUnknown = unknownFieldWarner(known);
  return (raw, log, keys = []) => {
    if (!isPlainObject(raw)) {
      log.error(fault('invalid_type', describeFound(raw, 'shape'), 'it must be an object'), keys);
      return undefined;
    }
    const fields = schema.parse(presentFields(known, raw));
    let sound = true;
    for (const key of known) {
      const field = fields[key];
      if (field instanceof Fault) {
        log.error(field, [...keys, key]);
        sound = false;
      }
    }
    warnOfUnknown(raw, log, keys);
    return sound ? (fields as SoundFields<S>) : undefined;
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

function presentFields(
  known: readonly string[],
  raw: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const key of known) {
    const value = Object.hasOwn(raw, key) ? raw[key] : undefined;
    if (value !== undefined && value !== null) {
      fields[key] = value;
    }
  }
  return fields;
}
