/**
 * For the tests of a host: a sync without a database, and a database without a server.
 * @module mcp-connections/testing
 */
export { InMemoryConnectionConfigs } from './in-memory-connection-configs';
export type { ConnectionConfigPort, ConnectionInsert, ConnectionOverwrite, SyncWrites } from '../sync/port';
export type { DeclaredRow, StoredRow } from '../sync/row';
export { createTestDataSource } from './data-source';
