/** Judges documents made from a seed: each ends in a report, in bounded time, shows no secret and removes no row by mistake. */
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { parseConnections } from '../../../src/config/parse';
import type { ParsedConnections } from '../../../src/config/parse';
import { broken } from '../../setup/broken';
import { InMemoryConnectionConfigs } from '../../../src/testing/in-memory-connection-configs';
import { reportLines } from '../../../src/sync/report';
import { syncConnectionConfigs } from '../../../src/sync/sync';
import { storedRow } from '../../setup/declarations';
import type { FuzzJob, FuzzOutcome } from '../job';
import { MARK, documents, hidesEveryMark } from './documents';

const LIMIT_MS = 2_000;
const environment = { S: MARK, A: 'a' };
const stored = ['atlassian', 'github', 'a', 'kept'].map((name) => storedRow(name));

interface Counts {
  readable: number;
  removing: number;
  slowestMs: number;
}

export async function fuzz({ documents: numRuns, seed }: FuzzJob): Promise<FuzzOutcome> {
  const counts: Counts = { readable: 0, removing: 0, slowestMs: 0 };
  const property = fc.asyncProperty(documents, async (raw) => {
    const faults = await judge(raw, counts);
    if (faults.length > 0) throw new Error(faults.join('; '));
  });
  const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns, seed });
  const faults = failed
    ? [
        `seed ${seed}: ${String(errorInstance)}, for ${inspect(counterexample, { depth: Infinity }).slice(0, 1_000)}`,
      ]
    : [];
  return { documents: numRuns, ...counts, faults };
}

async function judge(raw: unknown, counts: Counts): Promise<string[]> {
  const faults: string[] = [];
  const began = performance.now();
  const parsed = parseConnections(broken(raw), { environment });
  const port = new InMemoryConnectionConfigs(stored);
  const report = await syncConnectionConfigs(parsed, port, { onRemoved: 'delete' });
  const milliseconds = performance.now() - began;

  counts.slowestMs = Math.max(counts.slowestMs, milliseconds);
  if (milliseconds > LIMIT_MS) faults.push(`took ${milliseconds.toFixed(0)} ms`);
  if (parsed.readable) counts.readable += 1;

  const rows = await port.read();
  const names = new Set(rows.map(({ name }) => name));
  const gone = stored.map(({ name }) => name).filter((name) => !names.has(name));
  if (gone.length > 0) counts.removing += 1;
  faults.push(...wronglyGone(parsed, gone));

  if (hidesEveryMark(raw)) {
    const lines = reportLines(report).map(({ text }) => text);
    // A connection that is not kept in the table is used from memory and may be declared with its secrets.
    const kept = [...parsed.connections.values()].filter(({ authType }) => authType === 'oauth2');
    const shown = [parsed.problems, kept, report, lines, rows];
    const printed = [inspect(shown, { depth: Infinity }), JSON.stringify(shown)];
    if (printed.some((text) => text.includes(MARK))) faults.push('a secret came out');
  }
  return faults;
}

function wronglyGone(parsed: ParsedConnections, gone: readonly string[]): string[] {
  const declared = [...parsed.connections.values()].filter(({ authType }) => authType === 'oauth2');
  const faults: string[] = [];
  for (const name of gone) {
    if (!parsed.readable) faults.push(`${name} was removed by an unreadable document`);
    if (declared.length === 0) faults.push(`${name} was removed by a document that declares nothing`);
    if (parsed.rejected.has(name)) faults.push(`${name} was removed although it is declared, wrongly`);
    if (declared.some((one) => one.name === name)) faults.push(`${name} was removed although it is declared`);
  }
  return faults;
}
