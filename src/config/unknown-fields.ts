/**
 * Judges the fields of an object that this package does not know. Decides which are errors: those that mean something here,
 * so that a connection would not be what its declaration says. The others are ignored, with a warning.
 */
import { quote } from '../errors';
import { Fault } from './fault';
import type { ForeignFields, Remark } from './foreign-field';
import { didYouMean } from './foreign-field';
import type { ProblemLog } from './problem-log';
import { fold, suggester } from '../suggest';

const MAX_SHOWN = 20;

type PlainObject = Readonly<Record<string, unknown>>;

const nearSwitch = suggester(['enabled', 'disabled']);

/**
 * Reports each field that is not known, with the one that was probably meant; `x-...` and `//...` are free.
 *
 * @param known the fields that are allowed
 * @param foreign fields of other programs that mean something here
 */
export function unknownFieldJudge(
  known: readonly string[],
  foreign: ForeignFields,
): (raw: PlainObject, log: ProblemLog, keys?: readonly string[]) => void {
  const allowed = new Set(known);
  const suggest = suggester(known);
  const remarkOn = (key: string, raw: PlainObject): Remark | undefined => {
    const value = raw[key] ?? undefined;
    if (value === undefined) return undefined;
    const meaning = foreign.get(fold(key)) ?? foreign.get(nearSwitch(key) ?? '');
    return meaning?.(value, raw);
  };
  return (raw, log, keys = []) => {
    let errors = 0;
    let ignored = 0;
    for (const key of Object.keys(raw)) {
      if (allowed.has(key) || isFree(key)) {
        continue;
      }
      const remark = remarkOn(key, raw);
      if (remark?.isError === true) {
        errors += 1;
        if (errors <= MAX_SHOWN) {
          log.error(new Fault('unknown_field', messageOf(key, remark.hint)), [...keys, key]);
        }
        continue;
      }
      ignored += 1;
      if (ignored <= MAX_SHOWN) {
        log.warn('unknown_field', messageOf(key, remark?.hint ?? hintAt(suggest(key))), [...keys, key]);
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
  return key.startsWith('x-') || key.startsWith('//');
}

function messageOf(key: string, hint: string): string {
  return `found the unknown field ${quote(key)}; ${hint}`;
}

function hintAt(meant: string | undefined): string {
  return meant === undefined ? 'it is ignored' : didYouMean(meant);
}
