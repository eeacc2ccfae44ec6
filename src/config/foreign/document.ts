/**
 * Judges the fields beside `mcpServers`: what other programs call it, and what they use to switch connections off.
 * Decides nothing about what is in them; such a field is never read in place of our own.
 */
import { quote } from '../../errors';
import { fold, suggester } from '../../suggest';
import { Fault, fault } from '../fault';
import type { PlainObject } from '../json';
import { isPlainObject } from '../json';
import type { ProblemLog } from '../problems';
import { ROOT, formatPath } from '../problems';
import type { RootSwitch } from './switches';
import { rootSwitchNames, switchesIn } from './switches';
import type { ForeignField } from './unknown-fields';
import { isFree, unknownFieldJudge, didYouMean, ignore, refuse } from './unknown-fields';

const SCHEMA = '$schema';

/** On how many levels below the document a root is searched for. */
const LEVELS = 3;
const isNearRoot = suggester([ROOT]);

/** As folded: VS Code has `servers`, Zed `context_servers`, opencode `mcp`, Goose `extensions`, Amp `amp.mcpServers`. */
const FOREIGN_ROOT =
  /^(?:.*\.)?(?:mcp|context|toolserver)?(?:servers|connections)$|^(?:mcp|extensions|remotes)$/;

/**
 * The complaint about a document that has other fields but not our key, as one in the format of another program;
 * `undefined` for a document that is empty.
 */
export function foreignDocumentFault(document: PlainObject): Fault | undefined {
  const keys = Object.keys(document).filter((key) => key !== SCHEMA && !isFree(key));
  const [key] = keys;
  if (key === undefined) return undefined;
  const nested = nestedRoot(document);
  if (nested !== undefined) {
    const hint = `put what is in ${quote(formatPath(nested), 200)} under ${quote(ROOT)}`;
    return new Fault('unknown_field', `found ${quote(nested[0] ?? '')}; ${hint}`, nested.slice(0, 1));
  }
  const root = keys.find(isForeignRoot);
  if (root !== undefined)
    return new Fault('unknown_field', `found ${quote(root)}; ${didYouMean(ROOT)}`, [root]);
  const remedy = isEntry(document[key])
    ? 'put the entries into it'
    : 'a document needs it, unless it is empty';
  return fault('missing_field', `no ${quote(ROOT)}, but ${formatPath([key])}`, remedy);
}

function isForeignRoot(key: string): boolean {
  return isNearRoot(key) !== undefined || FOREIGN_ROOT.test(fold(key));
}

function isEntry(value: unknown): boolean {
  return isPlainObject(value) && ['url', 'command'].some((field) => Object.hasOwn(value, field));
}

/** Where the entries are below another field: `mcp.servers` of VS Code, or `mcpServers` in a project of Claude Code. */
function nestedRoot(document: PlainObject): string[] | undefined {
  const { mcp } = document;
  const hasServers = isPlainObject(mcp) && isPlainObject(mcp['servers']) && !isEntry(mcp['servers']);
  return hasServers ? ['mcp', 'servers'] : rootBelow(document, LEVELS);
}

function rootBelow(value: unknown, levels: number): string[] | undefined {
  if (levels === 0 || !isPlainObject(value)) return undefined;
  for (const key of Object.keys(value)) {
    const inner = value[key];
    if (isPlainObject(inner) && isPlainObject(inner[ROOT])) return [key, ROOT];
    const below = rootBelow(inner, levels - 1);
    if (below !== undefined) return [key, ...below];
  }
  return undefined;
}

const UNCLEAR = refuse('it switches connections off: write "enabled": false in their entries instead');
const IGNORED = ignore('it is ignored: write "enabled": false in an entry to switch it off');

/** Judges a switch beside the entries; a switch whose effect is clear is only warned about here, and reported at each entry it affects. */
function switchJudge(name: string): ForeignField {
  return (value) => {
    const found = switchesIn(name, value);
    if (found.some(({ isOff }) => isOff === undefined)) return UNCLEAR;
    return name === 'mcp' && found.length === 0 ? ignore(didYouMean(ROOT)) : IGNORED;
  };
}

const judgeFields = unknownFieldJudge(
  [ROOT, SCHEMA],
  new Map(rootSwitchNames.map((name) => [name, switchJudge(name)])),
);

/**
 * Reports the fields of a document that are not known.
 *
 * @returns those that switch entries off in another program
 */
export function judgeRoot(document: PlainObject, log: ProblemLog): RootSwitch[] {
  judgeFields(document, log);
  return Object.keys(document).flatMap((key) => switchesIn(key, document[key]));
}
