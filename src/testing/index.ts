/**
 * For tests of a host: the sync without a database, and a database without a server.
 * @module mcp-connections/testing
 */
export { InMemoryConnectionConfigs } from './in-memory-connection-configs';
export { createTestDataSource } from './data-source';
