/**
 * Applies a schema to one object of the document: known fields are read, unknown ones warned about.
 * Decides how complaints become problems; never what a field may hold.
 */
import type { z } from 'zod';
import { quote } from '../errors';
import { Fault, describeFound, fault } from './fault';
import { isPlainObject } from './plain-object';
import type { ProblemLog } from './problem-log';
import { suggest } from './suggest';

const MAX_UNKNOWN_SHOWN = 20;

/**
 * The fields of an object, or `undefined` when it has errors; a null field counts as one that is not there.
 *
 * @param schema its keys are the known fields
 * @param raw what the document has in that place
 * @param log gets an error for each bad field, a warning for each unknown one
 * @param keys where that is, from the log's base
 */
export function readFields<S extends z.ZodObject>(
  schema: S,
  raw: unknown,
  log: ProblemLog,
  keys: readonly string[] = [],
): z.output<S> | undefined {
  if (!isPlainObject(raw)) {
    log.error(fault('invalid_type', describeFound(raw, 'shape'), 'it must be an object'), keys);
    return undefined;
  }
  const fields = knownFields(schema, raw);
  const result = schema.safeParse(fields);
  for (const issue of result.success ? [] : result.error.issues) {
    const complaint: unknown = issue.code === 'custom' ? issue.params?.['fault'] : undefined;
    const where = [...keys, ...issue.path.map(String)];
    log.error(
      complaint instanceof Fault ? complaint : new Fault('invalid_value', 'found a bad value'),
      where,
    );
  }
  warnOfUnknown(raw, Object.keys(schema.shape), log, keys);
  return result.success ? result.data : undefined;
}

/**
 * Warns of each key that is not known, with the one that was probably meant; `x-...` and `//...` are free.
 *
 * @param raw only its keys are looked at
 * @param known the keys that are allowed
 */
export function warnOfUnknown(
  raw: Readonly<Record<string, unknown>>,
  known: readonly string[],
  log: ProblemLog,
  keys: readonly string[] = [],
): void {
  const allowed = new Set(known);
  let unknown = 0;
  for (const key of Object.keys(raw)) {
    if (allowed.has(key) || key.startsWith('x-') || key.startsWith('//')) {
      continue;
    }
    unknown += 1;
    if (unknown <= MAX_UNKNOWN_SHOWN) {
      const meant = suggest(key, known);
      const hint = meant === undefined ? 'it is ignored' : `did you mean ${quote(meant)}?`;
      log.warn('unknown_field', `found the unknown field ${quote(key)}; ${hint}`, [...keys, key]);
    }
  }
  if (unknown > MAX_UNKNOWN_SHOWN) {
    const more = unknown - MAX_UNKNOWN_SHOWN;
    log.warn('unknown_field', `found ${more} more unknown fields; they are ignored`, keys);
  }
}

function knownFields(schema: z.ZodObject, raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(schema.shape)) {
    const value = Object.hasOwn(raw, key) ? raw[key] : undefined;
    if (value !== undefined && value !== null) {
      fields[key] = value;
    }
  }
  return fields;
}
