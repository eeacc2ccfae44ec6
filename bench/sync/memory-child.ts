/** One process of `memory.ts`: parses, syncs into an empty table, syncs again, and sends what that took. */
import { connectionEntities, runConnectionMigrations } from 'mcp-connections';
import { parseConnections } from 'mcp-connections/sync';
import { DataSource } from 'typeorm';
import { documentOf } from './declared';
import type { EngineName } from '../engines';
import { makePlace } from '../engines';
import type { Memory, MemoryVariant } from './memory';
import type { Variants } from './variants';
import { openVariants } from './variants';

const [engine, n, variant] = process.argv.slice(2) as [EngineName, string, MemoryVariant];
const peak = () => Math.round(process.resourceUsage().maxRSS / 1024);

const place = await makePlace(engine);
const dataSource = new DataSource({ ...place.options, entities: [...connectionEntities] });
let variants: Variants | undefined;
try {
  await dataSource.initialize();
  await runConnectionMigrations(dataSource);
  variants = await openVariants(engine, dataSource, place.address);

  const parsed = parseConnections(documentOf(Number(n)));
  const parsed_mb = peak();
  await variants.syncs[variant](parsed);
  await variants.syncs[variant](parsed);
  process.send?.({ parsed_mb, peak_mb: peak() } satisfies Memory);
} finally {
  await variants?.close();
  if (dataSource.isInitialized) await dataSource.destroy();
  await place.remove();
}
process.disconnect?.();
