/** The package as this build has loaded it, compared with what `require` and `import()` give beside it. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as mcp from 'mcp-connections';
import * as testing from 'mcp-connections/testing';
import * as typeorm from 'typeorm';

const load = createRequire(join(process.cwd(), 'main.cjs'));

export async function exercised(): Promise<object> {
  const required = {
    mcp: load('mcp-connections'),
    testing: load('mcp-connections/testing'),
    typeorm: load('typeorm'),
  };
  const imported = {
    mcp: await import('mcp-connections'),
    testing: await import('mcp-connections/testing'),
    typeorm: await import('typeorm'),
  };
  return load('./exercise.cjs').exercise({ mcp, testing, typeorm }, [required, imported]);
}
