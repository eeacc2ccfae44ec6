/**
 * Reads one object of the document by the descriptions of its fields. Those that are not known are judged: an error where they
 * mean something here, so that a connection would not be what its declaration says, and otherwise a warning.
 */
import { Fault, typeFault } from './fault';
import type { FieldContext, FieldValues, Fields } from './fields/field';
import { isPlainObject } from './json';
import type { ProblemLog } from './problems';
import type { ForeignFields, Remark } from './foreign/remark';
import { didYouMean, ignore, isGiven, switchName } from './foreign/remark';
import { quote } from '../errors';
import { fold, suggester } from '../suggest';

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

const MAX_SHOWN = 20;

type PlainObject = Readonly<Record<string, unknown>>;

/**
 * Reports each field that is not known, with the one that was probably meant; those that are free cause nothing.
 *
 * @param known the fields that are allowed
 * @param foreign fields of other programs that mean something here
 */
export function unknownFieldJudge(
  known: readonly string[],
  foreign: ForeignFields,
): (raw: PlainObject, log: ProblemLog, keys?: readonly string[]) => void {
  const allowed = new Set(known);
  // Many ordinary names are close to a switch, such as `enabled_at`: what is no slip of the pen is another word.
  const suggest = suggester(known.filter((field) => field !== 'enabled'));
  const remarkOn = (key: string, raw: PlainObject): Remark => {
    const value = raw[key] ?? undefined;
    const name = switchName(key);
    const judge = foreign.get(fold(key)) ?? foreign.get(name);
    const remark = value === undefined ? undefined : judge?.(value, raw);
    if (remark !== undefined) return remark;
    const meant = allowed.has(name) ? name : suggest(key);
    return ignore(meant === undefined ? 'it is ignored' : didYouMean(meant));
  };
  return (raw, log, keys = []) => {
    let errors = 0;
    let ignored = 0;
    for (const key of Object.keys(raw)) {
      if (allowed.has(key) || isFree(key)) {
        continue;
      }
      const { severity, hint } = remarkOn(key, raw);
      const message = `found the unknown field ${quote(key)}; ${hint}`;
      if (severity === 'error') {
        errors += 1;
        if (errors <= MAX_SHOWN) log.error(new Fault('unknown_field', message), [...keys, key]);
      } else if (severity === 'warning') {
        ignored += 1;
        if (ignored <= MAX_SHOWN) log.warn('unknown_field', message, [...keys, key]);
      }
    }
    if (ignored > MAX_SHOWN) {
      const more = ignored - MAX_SHOWN;
      log.warn('unknown_field', `found ${more} more unknown fields; they are ignored`, keys);
    }
  };
}

/** Whether a field is the host's own, or a comment. */
export function isFree(key: string): boolean {
  return /^(?:x-|\/\/|[_$]comment)/.test(key);
}
