/**
 * Finds the fields beside `mcpServers` with which other programs switch entries off: a list of those that are used, or of
 * those that are not, or one switch for all. Decides which entries that are, and whether that can be told.
 */
import type { SwitchMeaning } from './foreign-switches';
import { SWITCH_NAMES, switchName } from './foreign-switches';
import { answerOf } from './foreign-field';
import { isPlainObject } from './plain-object';
import { fold } from '../suggest';

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
      switchOf(
        [key, inner],
        value[inner],
        LISTS_IN_MCP.get(switchName(inner)),
        SWITCHES.get(switchName(inner)),
      ),
    );
  }
  return switchOf([key], value, LISTS.get(folded), SWITCHES.get(folded));
}

function switchOf(
  keys: readonly string[],
  value: unknown,
  asList: SwitchMeaning | undefined,
  asSwitch: SwitchMeaning | undefined,
): RootSwitch[] {
  const means = asList ?? asSwitch;
  if (means === undefined) return [];
  const answer = answerOf(value);
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
  // Of those that are used, an empty list leaves none.
  return [{ keys, isOff: means === 'on' ? (name) => !isNamed(name) : isNamed }];
}

/** No object, no placeholder, and no pattern but the one for all. */
function isPlainName(name: unknown): boolean {
  return typeof name === 'string' && answerOf(name) !== 'open' && (name === '*' || !name.includes('*'));
}
