/**
 * Imports the tokens of many accounts, batch by batch: those of new accounts are written together, the others one by one. What
 * is wrong with one account is counted and listed, and stops no other.
 */
import type { ConnectionDefinition } from '../../config/definition';
import type { ConnectionRegistry } from '../../config/registry';
import { chunksOf, textLength } from '../../database/chunks';
import { ConnectionsError } from '../../errors';
import { nextTurn } from '../../pauses';
import { MOST_LISTED } from '../../tokens/reencrypt';
import { SEALED_AT_A_TIME } from '../../tokens/token-seal';
import type { TokenVault } from '../../tokens/vault';
import { batchesOf, orAborted } from '../abort';
import type { ImportAllOptions, ImportAllReport, ImportEntry, ImportProgress } from './import-entries';
import { accountOf, checkEntry, isOfEntry } from './import-entries';
import { type CheckedImport, type SealedImport, sealImport, storeImport } from './import-tokens';

/** Entries that are read before they are written. */
const BATCH = 100;

interface Placed<Value> {
  /** Of the entry, from 0. */
  readonly position: number;
  readonly value: Value;
}

/** @param signal ends it, with its reason */
export async function importAll(
  vault: TokenVault,
  registry: ConnectionRegistry,
  entries: Iterable<ImportEntry> | AsyncIterable<ImportEntry>,
  { onProgress }: Pick<ImportAllOptions, 'onProgress'>,
  signal: AbortSignal,
): Promise<ImportAllReport> {
  const importing = new Importing(vault, registry, signal);
  let read = 0;
  for await (const batch of batchesOf(entries, BATCH, signal)) {
    const placed = batch.map((value, index) => ({ position: read + index, value }));
    read += batch.length;
    await importing.write(placed);
    await orAborted(tellProgress(onProgress, { read, ...importing.counts }), signal);
    await nextTurn();
    signal.throwIfAborted();
  }
  return importing.report;
}

async function tellProgress(
  listener: ImportAllOptions['onProgress'],
  progress: ImportProgress,
): Promise<void> {
  await listener?.(progress);
}

class Importing {
  readonly counts = { stored: 0, kept: 0, failed: 0 };
  private readonly failures: ImportAllReport['failures'][number][] = [];
  /** The entries that are being written. */
  private batch: readonly Placed<ImportEntry>[] = [];

  constructor(
    private readonly vault: TokenVault,
    private readonly registry: ConnectionRegistry,
    private readonly signal: AbortSignal,
  ) {}

  get report(): ImportAllReport {
    return {
      ...this.counts,
      failures: this.failures.toSorted((one, other) => one.position - other.position),
    };
  }

  async write(batch: readonly Placed<ImportEntry>[]): Promise<void> {
    this.batch = batch;
    const definitions = new Map<string, Promise<ConnectionDefinition>>();
    const definitionOf = (name: string) => {
      const known = definitions.get(name) ?? this.registry.get(name);
      definitions.set(name, known);
      return known;
    };
    const checked = await this.each(batch, (entry) => checkEntry(entry, definitionOf));
    const { fresh, others } = await this.partition(checked);
    const seal = (one: CheckedImport) => sealImport(this.vault, one);
    const sealed = await this.each(fresh, seal);
    const length = ({ value }: Placed<SealedImport>) => textLength(value.values);
    for (const part of chunksOf(sealed, length)) {
      this.signal.throwIfAborted();
      const isDone = await this.vault.pages.insertAll(part.map(({ value }) => value)).catch(() => false);
      if (isDone) this.counts.stored += part.length;
      else await this.storeEach(part);
    }
    await this.storeEach(await this.each(others, seal));
  }

  /** Runs the work for each; those that fail are reported and left out. */
  private async each<From, To>(
    all: readonly Placed<From>[],
    work: (value: From) => Promise<To>,
  ): Promise<Placed<To>[]> {
    const done: Placed<To>[] = [];
    for (let at = 0; at < all.length; at += SEALED_AT_A_TIME) {
      this.signal.throwIfAborted();
      const some = all.slice(at, at + SEALED_AT_A_TIME);
      const results = await Promise.allSettled(some.map(({ value }) => work(value)));
      for (const [index, { position }] of some.entries()) {
        const result = results[index];
        if (result?.status === 'fulfilled') done.push({ position, value: result.value });
        else this.tell(position, result?.reason);
      }
    }
    // A driver that is synchronous would keep the process from everything else.
    await nextTurn();
    return done;
  }

  /** Those whose account has no tokens, and those that may replace what it has. The others are not even encrypted. */
  private async partition(checked: readonly Placed<CheckedImport>[]) {
    const { rows } = this.vault;
    // Lookups that arrive together share statements.
    const there = await Promise.all(checked.map(({ value }) => rows.readServed(value.ref)));
    await nextTurn();
    const fresh: Placed<CheckedImport>[] = [];
    const others: Placed<CheckedImport>[] = [];
    for (const [index, one] of checked.entries()) {
      const row = there[index];
      if (row && !one.value.mayReplace(row)) this.counts.kept += 1;
      else if (row) others.push(one);
      else fresh.push(one);
    }
    return { fresh, others };
  }

  /** Stores one at a time, so that a duplicate, a row stored meanwhile or a refused one is reported for that entry alone. */
  private async storeEach(sealed: readonly Placed<SealedImport>[]): Promise<void> {
    for (const { position, value } of sealed) {
      this.signal.throwIfAborted();
      try {
        this.counts[(await storeImport(this.vault, value)) ? 'stored' : 'kept'] += 1;
      } catch (error) {
        this.tell(position, error);
      }
      await nextTurn();
    }
  }

  /** Counts and lists what is wrong with an entry, and throws anything else. */
  private tell(position: number, error: unknown): void {
    if (!(error instanceof ConnectionsError)) throw error;
    if (!isOfEntry(error) && !this.vault.rows.isRefusedRow(error)) throw error;
    this.counts.failed += 1;
    if (this.failures.length === MOST_LISTED) return;
    const { value } = this.batch.find((one) => one.position === position) ?? {};
    const { code, message } = error;
    this.failures.push({ position, ...accountOf(value), code, message });
  }
}
