/**
 * Judges the fields of an object that this package does not know. Decides which are errors: those that mean something here,
 * so that a connection would not be what its declaration says. The others are ignored, with a warning.
 */
import { quote } from '../errors';
import { Fault } from './fault';
import type { ForeignFields, Remark } from './foreign-field';
import { didYouMean, ignore } from './foreign-field';
import { switchName } from './foreign-switches';
import type { ProblemLog } from './problem-log';
import { fold, suggester } from '../suggest';

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
