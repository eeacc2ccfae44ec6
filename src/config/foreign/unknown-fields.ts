/**
 * What is reported about a field that this package does not know, judged by the names and values that other programs use: an
 * error if ignoring the field would make the connection differ from what its declaration says, otherwise a warning.
 */
import { quote } from '../../errors';
import { suggester, fold, isSlipOf } from '../../suggest';
import { Fault } from '../fault';
import type { PlainObject } from '../json';
import { isGiven } from '../json';
import type { ProblemLog } from '../problems';

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
export function yesOrNo(value: unknown): 'yes' | 'no' | 'open' | undefined {
  const word = asWord(value);
  if (YES.has(word)) return 'yes';
  if (NO.has(word)) return 'no';
  return typeof word === 'string' && /[$%{<]/.test(word) ? 'open' : undefined;
}

export function asWord(value: unknown): unknown {
  return typeof value === 'string' ? value.trim().toLowerCase() : value;
}

const WORDS = ['enabled', 'disabled'];

/** `enabled` or `disabled` if the field's name is a misspelling of it, otherwise the folded name. */
export function switchName(key: string): string {
  return WORDS.find((word) => isSlipOf(word, key)) ?? fold(key);
}

const MAX_SHOWN = 20;

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
  // `enabled` is not suggested: ordinary names such as `enabled_at` are close to it, and `switchName` handles its misspellings.
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
