/**
 * For tests of a host: the sync without a database, and a database without a server.
 * @module mcp-connections/testing
 */
export { InMemoryConnectionConfigs } from '../sync/in-memory-port';
export type { ConnectionConfigPort, Insert, Overwrite, SyncWrites } from '../sync/port';
export type { DeclaredRow, StoredRow } from '../sync/row';
export { createTestDataSource } from './data-source';
