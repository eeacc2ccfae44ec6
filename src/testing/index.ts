/**
 * For the tests of a host: `Connections` without a network, a database without a server, and a sync without a database.
 * @module mcp-connections/testing
 */
export { createTestDataSource } from './data-source';
export { InMemoryConnectionConfigs } from './in-memory-connection-configs';
export { testConnections } from './test-connections';
export type { TestConnectionsOptions } from './options';
export type { TestKit } from './test-connections';
export type { ApiCaller, ApiHandler } from './provider/api';
export type { AccountOption, ConnectOptions, IssueOptions, OutageOptions, Recover } from './provider/options';
export type { ProviderRequest } from './provider/server';
export type { TestProvider } from './provider/test-provider';
export { testTokenCipher } from './conformance/cipher';
export { testConnectionConfigPort } from './conformance/port';
export type { RegisterTest } from './conformance/register';
