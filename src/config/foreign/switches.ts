/**
 * Fields with which other programs switch connections on or off: in an entry; or beside `mcpServers`, as a list of the
 * connections that are used, a list of those that are not, or one switch for all of them.
 */
import { fold } from '../../suggest';
import { isPlainObject } from '../json';
import type { ForeignField, Remark } from './unknown-fields';
import { ignore, judgeNames, refuse, switchName, yesOrNo } from './unknown-fields';

/** What a field means if its value says yes. */
export type SwitchMeaning = 'on' | 'off';

/** Names of switches, separated by spaces. */
export const SWITCH_NAMES: Readonly<Record<SwitchMeaning, string>> = {
  on: 'enabled enable is_enabled active is_active on',
  off: 'disabled disable is_disabled off inactive paused is_paused',
};

const OFF = refuse('it switches the connection off: write "enabled": false instead');
const IGNORED = ignore('it is ignored: write "enabled" to switch the connection on or off');
const SAYS_NOTHING: Remark = { severity: 'none', hint: '' };

/** Judges a switch of an entry: what may switch the connection off is an error, unless `enabled` does so too. */
function switchOfEntry(means: SwitchMeaning): ForeignField {
  const on = means === 'on' ? 'yes' : 'no';
  return (value, { enabled }) => {
    const answer = yesOrNo(value);
    if (answer === undefined) return undefined;
    const isOffHere = yesOrNo(enabled) === 'no';
    if (answer !== on) return isOffHere ? IGNORED : OFF;
    // Many programs write this into each entry.
    return value === false && !isOffHere ? SAYS_NOTHING : IGNORED;
  };
}

export const foreignSwitches: readonly [string, ForeignField][] = [
  ...judgeNames(`${SWITCH_NAMES.on} state status`, switchOfEntry('on')),
  ...judgeNames(SWITCH_NAMES.off, switchOfEntry('off')),
];

/** A field that switches entries off in another program. */
export interface RootSwitch {
  /** Where it is, from the root of the document. */
  readonly keys: readonly string[];
  /** Which entries it switches off; `undefined` if that cannot be told. */
  readonly isOff: ((name: string) => boolean) | undefined;
}

const LIST_WORDS: Readonly<Record<SwitchMeaning, readonly string[]>> = {
  on: 'allow allowed enable enabled include included'.split(' '),
  off: 'exclude excluded disable disabled deny denied block blocked skip skipped ignore ignored'.split(' '),
};

const SERVERS = ['mcp', 'mcpserver', 'mcpservers', 'mcpjsonservers', 'servers'];
const MEANINGS = ['on', 'off'] as const;
const SWITCHES = mapOf((means) => SWITCH_NAMES[means].split(' ').map(fold));

const LISTS = mapOf((means) => [
  means === 'on' ? 'enabled' : 'disabled',
  ...LIST_WORDS[means].flatMap((word) => SERVERS.map((what) => word + what)),
]);

/** In Gemini CLI they are in `mcp`, beside `mcpServers`. */
const LISTS_IN_MCP = mapOf((means) => LIST_WORDS[means]);

function mapOf(namesOf: (means: SwitchMeaning) => readonly string[]): ReadonlyMap<string, SwitchMeaning> {
  return new Map(MEANINGS.flatMap((means) => namesOf(means).map((name) => [name, means] as const)));
}

/** The names of such fields, folded. */
export const rootSwitchNames: readonly string[] = ['mcp', ...SWITCHES.keys(), ...LISTS.keys()];

/** The switches that may switch any entry off, in one field of the root. */
export function switchesIn(key: string, value: unknown): RootSwitch[] {
  const folded = switchName(key);
  if (folded === 'mcp' && isPlainObject(value)) {
    return Object.keys(value).flatMap((inner) =>
      switchesOf(
        [key, inner],
        value[inner],
        LISTS_IN_MCP.get(switchName(inner)),
        SWITCHES.get(switchName(inner)),
      ),
    );
  }
  return switchesOf([key], value, LISTS.get(folded), SWITCHES.get(folded));
}

/** @param asList what the field means as a list of names, if it may be one; `asSwitch` as one switch for all */
function switchesOf(
  keys: readonly string[],
  value: unknown,
  asList: SwitchMeaning | undefined,
  asSwitch: SwitchMeaning | undefined,
): RootSwitch[] {
  const means = asList ?? asSwitch;
  if (means === undefined) return [];
  const answer = yesOrNo(value);
  if (answer === 'open') return [{ keys, isOff: undefined }];
  if (answer !== undefined)
    return (answer === 'yes') === (means === 'on') ? [] : [{ keys, isOff: () => true }];
  if (asList === undefined) return [];
  if (isPlainObject(value)) return Object.keys(value).length === 0 ? [] : [{ keys, isOff: undefined }];
  const names = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(names)) return [];
  if (!names.every(isPlainName)) return [{ keys, isOff: undefined }];
  const named = new Set(names);
  const isNamed = (name: string) => named.has(name) || named.has('*');
  // An empty list of used connections switches all of them off.
  return [{ keys, isOff: means === 'on' ? (name) => !isNamed(name) : isNamed }];
}

/** Whether this is a literal name or `*` for all: not an object, a placeholder or any other pattern. */
function isPlainName(name: unknown): boolean {
  return typeof name === 'string' && yesOrNo(name) !== 'open' && (name === '*' || !name.includes('*'));
}
