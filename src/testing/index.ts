/**
 * For the tests of a host: a sync without a database, and a database without a server.
 * @module mcp-connections/testing
 */
export { InMemoryConnectionConfigs } from './in-memory-connection-configs';
export { createTestDataSource } from './data-source';
