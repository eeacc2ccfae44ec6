/** Peak memory of a process that parses a large document and syncs it twice, beside one that does so at the floor. */
import { fork } from 'node:child_process';
import type { EngineName } from './engines';

export interface Memory {
  readonly bench: 'sync memory';
  readonly engine: EngineName;
  readonly n: number;
  readonly variant: MemoryVariant;
  readonly parsed_mb: number;
  readonly peak_mb: number;
}

export const memoryVariants = ['floor', 'ours'] as const;
export type MemoryVariant = (typeof memoryVariants)[number];

/** What the child sends: its greatest resident size in MB after parsing and at the end. */
export type MemoryMessage = Pick<Memory, 'parsed_mb' | 'peak_mb'>;

export async function measureMemory(engine: EngineName, n: number, variant: MemoryVariant): Promise<Memory> {
  const child = fork(new URL('memory-child.ts', import.meta.url), [engine, String(n), variant]);
  const message = await new Promise<MemoryMessage>((resolve, reject) => {
    child.once('message', (sent) => resolve(sent as MemoryMessage));
    child.once('exit', (code) => reject(new Error(`The child process ended with code ${code}`)));
  });
  return { bench: 'sync memory', engine, n, variant, ...message };
}
