/**
 * Judges the fields beside `mcpServers`: what other programs call it, and what they use to switch connections off.
 * Decides nothing about what is in them; such a field is never read in place of our own.
 */
import { isPlainObject } from './plain-object';
import type { ForeignField, Remark } from './unknown-fields';
import { didYouMean, unknownFieldJudge } from './unknown-fields';
import { fold, suggester } from '../suggest';

/** The key of the object that has the entries. */
export const ROOT = 'mcpServers';

const isNearRoot = suggester([ROOT]);
/** As folded: VS Code has `servers`, Zed `context_servers`, opencode `mcp`, Goose `extensions`, Amp `amp.mcpServers`. */
const FOREIGN_ROOT =
  /^(?:.*\.)?(?:mcp|context|toolserver)?(?:servers|serverlist|connections)$|^(?:mcp|extensions|remotes)$/;

/** Whether a key is what another program calls `mcpServers`, or a misspelling of it. */
export function looksLikeRoot(key: string): boolean {
  return key.length <= 64 && (isNearRoot(key) !== undefined || FOREIGN_ROOT.test(fold(key)));
}

const holdsSomething = (value: unknown) =>
  Array.isArray(value) ? value.length > 0 : isPlainObject(value) && Object.keys(value).length > 0;

const OFF: Remark = {
  isError: true,
  hint: 'it switches connections off: write "enabled": false in their entries instead',
};
const EMPTY: Remark = {
  isError: false,
  hint: 'it is ignored: write "enabled": false in an entry to switch it off',
};

/** A list of the servers that are used, or of those that are not. */
const selection: ForeignField = (value) => (holdsSomething(value) ? OFF : EMPTY);

const SELECTIONS = ['enabled', 'disabled', 'allowed', 'denied', 'excluded', 'included', 'blocked'].flatMap(
  (word) => ['mcpservers', 'mcpjsonservers', 'servers'].map((what) => `${word}${what}`),
);

/** Gemini CLI has the lists in `mcp`, beside `mcpServers`; in opencode `mcp` has the servers themselves. */
const mcp: ForeignField = (value) => {
  const lists = isPlainObject(value) ? [value['allowed'], value['excluded']] : [];
  return lists.some(holdsSomething) ? OFF : { isError: false, hint: didYouMean(ROOT) };
};

/** Reports the fields of a document that are not known. */
export const judgeRoot = unknownFieldJudge(
  [ROOT, '$schema'],
  new Map([...SELECTIONS.map((name) => [name, selection] as const), ['mcp', mcp]]),
);
