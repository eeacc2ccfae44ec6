/**
 * Imports the tokens of many accounts, batch by batch: those of new accounts are written together, the others one by one. What
 * is wrong with one account is counted and listed, and stops no other.
 */
import { setImmediate } from 'node:timers/promises';
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import { isPlainObject } from '../config/plain-object';
import type { ConnectionsErrorCode } from '../error-codes';
import { ConnectionsError } from '../errors';
import { accountRef } from '../tokens/account-ref';
import { partsOf, textLength } from '../tokens/parts';
import type { TokenVault } from '../tokens/vault';
import type { SealedImport } from './import-into';
import { importInto, sealImport } from './import-into';
import { importedTokens } from './imported-tokens';
import { checkImportOptions } from './option-checks';
import type { ImportAllOptions, ImportAllReport, ImportEntry } from './options';

/** Entries that are read before they are written. */
const BATCH = 100;
/** A key management service is asked for so many at the same time. */
const AT_A_TIME = 8;
/** Failures that the report lists. */
const MOST_LISTED = 1_000;

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

interface Placed<Value> {
  /** Of the entry, from 0. */
  readonly position: number;
  readonly value: Value;
}

export async function importAll(
  vault: TokenVault,
  registry: ConnectionRegistry,
  entries: Iterable<ImportEntry> | AsyncIterable<ImportEntry>,
  options: ImportAllOptions,
): Promise<ImportAllReport> {
  const importing = new Importing(vault, registry, options);
  let batch: Placed<ImportEntry>[] = [];
  let read = 0;
  for await (const value of entries) {
    options.signal?.throwIfAborted();
    batch.push({ position: read, value });
    read += 1;
    if (batch.length < BATCH) continue;
    await importing.write(batch, read);
    batch = [];
  }
  if (batch.length > 0) await importing.write(batch, read);
  return importing.report;
}

class Importing {
  private readonly counts = { stored: 0, kept: 0, failed: 0 };
  private readonly failures: ImportAllReport['failures'][number][] = [];

  constructor(
    private readonly vault: TokenVault,
    private readonly registry: ConnectionRegistry,
    private readonly options: ImportAllOptions,
  ) {}

  get report(): ImportAllReport {
    return {
      ...this.counts,
      failures: this.failures.toSorted((one, other) => one.position - other.position),
    };
  }

  /** @param read how many entries were read, with these */
  async write(batch: readonly Placed<ImportEntry>[], read: number): Promise<void> {
    const definitions = new Map<string, Promise<ConnectionDefinition>>();
    const definitionOf = (name: string) => {
      const known = definitions.get(name) ?? this.registry.get(name);
      definitions.set(name, known);
      return known;
    };
    const sealed: Placed<SealedImport>[] = [];
    for (let at = 0; at < batch.length; at += AT_A_TIME) {
      const some = batch.slice(at, at + AT_A_TIME);
      const each = await Promise.allSettled(some.map(({ value }) => this.sealed(value, definitionOf)));
      for (const [index, { position }] of some.entries()) {
        const result = each[index];
        if (result?.status === 'fulfilled') sealed.push({ position, value: result.value });
        else this.tell(position, result?.reason);
      }
    }
    // A driver that is synchronous would keep the process from everything else.
    await setImmediate();
    await this.store(sealed);
    this.options.onProgress?.({ read, ...this.counts });
    await setImmediate();
    this.options.signal?.throwIfAborted();
  }

  private async sealed(
    entry: ImportEntry,
    definitionOf: (name: string) => Promise<ConnectionDefinition>,
  ): Promise<SealedImport> {
    const { userId, connectionName, account, replaceSavedBefore, ...tokens } = isPlainObject(entry)
      ? entry
      : ({} as ImportEntry);
    checkImportOptions({ account, replaceSavedBefore });
    const ref = accountRef(userId, connectionName, account);
    const issued = importedTokens(tokens, ref);
    return sealImport(this.vault, ref, issued, await definitionOf(connectionName), { replaceSavedBefore });
  }

  private async store(sealed: readonly Placed<SealedImport>[]): Promise<void> {
    const { rows } = this.vault;
    // Lookups that arrive together share statements.
    const there = await Promise.all(sealed.map(({ value }) => rows.readServed(value.ref)));
    await setImmediate();
    const fresh: Placed<SealedImport>[] = [];
    const others: Placed<SealedImport>[] = [];
    for (const [index, one] of sealed.entries()) {
      const row = there[index];
      if (row && !one.value.mayReplace(row)) this.counts.kept += 1;
      else if (row) others.push(one);
      else fresh.push(one);
    }
    for (const part of partsOf(fresh, ({ value }) => textLength(value.values))) {
      const isDone = await rows.insertAll(part.map(({ value }) => value)).catch(() => false);
      if (isDone) this.counts.stored += part.length;
      else await this.storeEach(part);
    }
    await this.storeEach(others);
  }

  /** What came twice or was stored by another process meanwhile, or the database refuses, is told of each. */
  private async storeEach(sealed: readonly Placed<SealedImport>[]): Promise<void> {
    for (const { position, value } of sealed) {
      this.options.signal?.throwIfAborted();
      try {
        this.counts[(await importInto(this.vault, value)) ? 'stored' : 'kept'] += 1;
      } catch (error) {
        this.tell(position, error);
      }
      await setImmediate();
    }
  }

  /** Counts and lists what is wrong with an entry, and throws anything else. */
  private tell(position: number, error: unknown): void {
    if (!(error instanceof ConnectionsError)) throw error;
    if (!codesOfEntries.has(error.code) && !this.vault.rows.isRefusedRow(error)) throw error;
    this.counts.failed += 1;
    if (this.failures.length < MOST_LISTED) this.failures.push({ position, code: error.code });
  }
}
