/** What `importAll` takes and reports: its options, the check of each entry, and which errors are one entry's own. */
import type { ConnectionDefinition } from '../../config/definition';
import { isPlainObject } from '../../config/json';
import type { ConnectionsErrorCode } from '../../error-codes';
import type { ConnectionsError } from '../../errors';
import { type OptionChecks, abortSignal, callback, checkOptions, optionInvalid } from '../../options';
import { type AccountRef, accountRef } from '../../tokens/account-ref';
import { keyProperties } from '../../tokens/token-row';
import {
  type CheckedImport,
  type ImportedTokens,
  type ImportOptions,
  checkImport,
  checkImportOptions,
  readTokens,
} from './import-tokens';

/** One account for `importAll`: what `importTokens` takes, as one object. */
export interface ImportEntry<Name extends string = string> extends ImportedTokens, ImportOptions {
  /** The host's own id of the user. */
  readonly userId: string;
  /** As declared. */
  readonly connectionName: Name;
}

/** Options of `importAll`. */
export interface ImportAllOptions {
  /** Told of the counts after each batch that was written, and awaited. */
  readonly onProgress?: ((progress: ImportProgress) => unknown) | undefined;
  /** Stops between two entries; what was stored stays so. */
  readonly signal?: AbortSignal | undefined;
}

/** How far `importAll` is. */
export interface ImportProgress {
  /** Entries that were read. */
  readonly read: number;
  /** Accounts whose tokens were stored. */
  readonly stored: number;
  /** Accounts that have tokens, which were not to be replaced. */
  readonly kept: number;
  /** Entries that cannot be stored. */
  readonly failed: number;
}

/** What `importAll` did. */
export interface ImportAllReport extends Omit<ImportProgress, 'read'> {
  /** The first 1,000 entries that cannot be stored. */
  readonly failures: readonly {
    /** Of the entry, from 0. */
    readonly position: number;
    /** As in the entry; absent unless it is a text there. The same is true of the next two. */
    readonly userId?: string;
    readonly connectionName?: string;
    readonly account?: string;
    /** Why, as `importTokens` would throw it. */
    readonly code: ConnectionsErrorCode;
    /** Of that error; it shows no part of a token. */
    readonly message: string;
  }[];
}

const importAllChecks: OptionChecks<ImportAllOptions> = { onProgress: callback, signal: abortSignal };

/** @throws ConnectionsError `option_invalid` */
export function checkImportAllOptions(entries: unknown, options: ImportAllOptions): void {
  const isIterable =
    typeof entries === 'object' &&
    entries !== null &&
    (Symbol.iterator in entries || Symbol.asyncIterator in entries);
  if (!isIterable) {
    throw optionInvalid(
      'The first argument of `importAll` must be a list of accounts, or another iterable of them.',
    );
  }
  checkOptions('importAll', options, importAllChecks);
}

/** Errors of one entry; any other is one of the host's program or of its database. */
const codesOfEntries: ReadonlySet<ConnectionsErrorCode> = new Set([
  'account_invalid',
  'account_taken',
  'connection_disabled',
  'connection_not_oauth',
  'connection_rejected',
  'connection_removed',
  'connection_unknown',
  'option_invalid',
  'tokens_invalid',
]);

/** Whether an error is about one entry, so that the others can be stored all the same. */
export function isOfEntry({ code }: ConnectionsError): boolean {
  return codesOfEntries.has(code);
}

/** Whose tokens an entry has, as far as it says it. */
export function accountOf(entry: unknown): Partial<AccountRef> {
  const parts = Object.entries(isPlainObject(entry) ? entry : {});
  return Object.fromEntries(
    parts.filter(([name, value]) => keyProperties.some((key) => key === name) && typeof value === 'string'),
  );
}

/** @throws ConnectionsError as `importTokens` does */
export async function checkEntry(
  entry: ImportEntry,
  definitionOf: (name: string) => Promise<ConnectionDefinition>,
): Promise<CheckedImport> {
  const { userId, connectionName, account, replaceSavedBefore, ...given } = isPlainObject(entry)
    ? entry
    : ({} as ImportEntry);
  checkImportOptions({ account, replaceSavedBefore });
  const ref = accountRef(userId, connectionName, account);
  const tokens = readTokens(given, ref);
  return checkImport(ref, tokens, await definitionOf(connectionName), { replaceSavedBefore });
}
