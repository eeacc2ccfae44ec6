/** The words with which other programs switch a connection on or off. */
import type { ForeignField, Remark } from './foreign-field';
import { answerOf, ignore, judgeNames, refuse } from './foreign-field';
import { fold, isSlipOf } from '../suggest';

/** What a field means if its value says yes. */
export type SwitchMeaning = 'on' | 'off';

/** Names of switches, separated by spaces. */
export const SWITCH_NAMES: Readonly<Record<SwitchMeaning, string>> = {
  on: 'enabled enable is_enabled active is_active on',
  off: 'disabled disable is_disabled off inactive paused is_paused',
};

const WORDS = ['enabled', 'disabled'];

/** The folded name of a field, or the word that it is a slip of the pen for. */
export function switchName(key: string): string {
  return WORDS.find((word) => isSlipOf(word, key)) ?? fold(key);
}

const OFF = refuse('it switches the connection off: write "enabled": false instead');
const IGNORED = ignore('it is ignored: write "enabled" to switch the connection on or off');
const SAYS_NOTHING: Remark = { severity: 'none', hint: '' };

/** Judges a switch of an entry: what may switch the connection off is an error, unless `enabled` does so too. */
function switchOf(means: SwitchMeaning): ForeignField {
  const on = means === 'on' ? 'yes' : 'no';
  return (value, { enabled }) => {
    const answer = answerOf(value);
    if (answer === undefined) return undefined;
    const isOffHere = answerOf(enabled) === 'no';
    if (answer !== on) return isOffHere ? IGNORED : OFF;
    // Many programs write this into each entry.
    return value === false && !isOffHere ? SAYS_NOTHING : IGNORED;
  };
}

export const foreignSwitches: readonly [string, ForeignField][] = [
  ...judgeNames(`${SWITCH_NAMES.on} state status`, switchOf('on')),
  ...judgeNames(SWITCH_NAMES.off, switchOf('off')),
];
