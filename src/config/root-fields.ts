/**
 * Judges the fields beside `mcpServers`: what other programs call it, and what they use to switch connections off.
 * Decides nothing about what is in them; such a field is never read in place of our own.
 */
import { quote } from '../errors';
import { Fault, fault } from './fault';
import type { ForeignField } from './foreign-field';
import { didYouMean, error, warning } from './foreign-field';
import { formatPath } from './path';
import { isPlainObject } from './plain-object';
import { isFree, unknownFieldJudge } from './unknown-fields';
import { fold, suggester } from '../suggest';

/** The key of the object that has the entries. */
export const ROOT = 'mcpServers';
const SCHEMA = '$schema';
const LONGEST = 64;

const isNearRoot = suggester([ROOT]);
/** As folded: VS Code has `servers`, Zed `context_servers`, opencode `mcp`, Goose `extensions`, Amp `amp.mcpServers`. */
const FOREIGN_ROOT =
  /^(?:.*\.)?(?:mcp|context|toolserver)?(?:servers|serverlist|connections)$|^(?:mcp|extensions|remotes)$/;

/**
 * Why a document without our key is no empty one, if it has anything else: it is in another format, or it is the name of a
 * file in the wrong place.
 */
export function foreignDocumentFault(document: Readonly<Record<string, unknown>>): Fault | undefined {
  const keys = Object.keys(document).filter((key) => key !== SCHEMA && !isFree(key));
  const root = keys.find(looksLikeRoot);
  if (root !== undefined) {
    const { code, message } = fault('unknown_field', quote(root), didYouMean(ROOT));
    return new Fault(code, message, [root]);
  }
  const [key] = keys;
  if (key === undefined) return undefined;
  const value = document[key];
  const isEntry = isPlainObject(value) && ['url', 'command'].some((field) => Object.hasOwn(value, field));
  const remedy = isEntry ? 'put the entries into it' : 'a document needs it, unless it is empty';
  return fault('missing_field', `no ${quote(ROOT)}, but ${formatPath([key])}`, remedy);
}

function looksLikeRoot(key: string): boolean {
  return key.length <= LONGEST && (isNearRoot(key) !== undefined || FOREIGN_ROOT.test(fold(key)));
}

const holdsSomething = (value: unknown) =>
  Array.isArray(value) ? value.length > 0 : isPlainObject(value) && Object.keys(value).length > 0;

const OFF = error('it switches connections off: write "enabled": false in their entries instead');
const EMPTY = warning('it is ignored: write "enabled": false in an entry to switch it off');

/** A list of the servers that are used, or of those that are not. */
const selection: ForeignField = (value) => (holdsSomething(value) ? OFF : EMPTY);

const SELECTIONS = ['enabled', 'disabled', 'allowed', 'denied', 'excluded', 'included', 'blocked'].flatMap(
  (word) => ['mcpservers', 'mcpjsonservers', 'servers'].map((what) => `${word}${what}`),
);

/** Gemini CLI has the lists in `mcp`, beside `mcpServers`; in opencode `mcp` has the servers themselves. */
const mcp: ForeignField = (value) => {
  const lists = isPlainObject(value) ? [value['allowed'], value['excluded']] : [];
  return lists.some(holdsSomething) ? OFF : warning(didYouMean(ROOT));
};

/** Reports the fields of a document that are not known. */
export const judgeRoot = unknownFieldJudge(
  [ROOT, SCHEMA],
  new Map([...SELECTIONS.map((name) => [name, selection] as const), ['mcp', mcp]]),
);
