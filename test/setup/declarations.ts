/** Small declarations that show only what a test is about. */
import type { JsonObject } from '../../src/config/definition';
import type { ConnectionsDocument } from '../../src';
import { parseConnections } from '../../src/config/parse';
import { declaredRow } from '../../src/sync/row';
import type { StoredRow } from '../../src/sync/row';
import { broken } from './broken';

/** A valid OAuth entry, with what the test changes in it. */
export function entry(changes: JsonObject = {}): JsonObject {
  return { url: 'https://mcp.example.test/mcp', auth_type: 'oauth2', ...changes };
}

export function declaration(entries: Readonly<Record<string, JsonObject>>): ConnectionsDocument {
  return broken({ mcpServers: { ...entries } });
}

/** As many connections as asked for, named `c0` and so on. */
export function manyEntries(count: number, changes: (index: number) => JsonObject = () => ({})) {
  return declaration(
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`c${index}`, entry(changes(index))])),
  );
}

/** The row that a sync would have left of an entry, with what the test changes in it. */
export function storedRow(
  name: string,
  declared: JsonObject = entry(),
  changes: Partial<StoredRow> = {},
): StoredRow {
  const definition = parseConnections(declaration({ [name]: declared })).connections.get(name);
  if (!definition) throw new Error(`the entry of ${name} is invalid`);
  const row = declaredRow(definition);
  return {
    ...row,
    id: `id-${name}`,
    enabled: row.enabled ?? true,
    managedBy: 'default',
    removedAt: null,
    ...changes,
  };
}
