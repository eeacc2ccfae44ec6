/** Peak memory of a process that parses a large document and syncs it twice, beside one that does so at the floor. */
import { fork } from 'node:child_process';
import type { EngineName } from '../engines';

/** Greatest resident size in MB, after parsing and at the end. */
export interface Memory {
  readonly parsed_mb: number;
  readonly peak_mb: number;
}

export const memoryVariants = ['floor', 'ours'] as const;
export type MemoryVariant = (typeof memoryVariants)[number];

export async function measureMemory(engine: EngineName, n: number, variant: MemoryVariant): Promise<Memory> {
  const child = fork(new URL('memory-child.ts', import.meta.url), [engine, String(n), variant]);
  return new Promise<Memory>((resolve, reject) => {
    child.once('message', (sent) => resolve(sent as Memory));
    child.once('exit', (code) => reject(new Error(`The child process ended with code ${code}`)));
  });
}
