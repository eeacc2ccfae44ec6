/** A host that declares two connections, and what its tables hold. */
import type { DataSource } from 'typeorm';
import { ConnectionConfig, ConnectionOAuthState } from '../../src';
import { declaration, entry } from './declarations';

export const config = declaration({ atlassian: entry(), github: entry() });

export const logIn = (dataSource: DataSource) =>
  dataSource.getRepository(ConnectionOAuthState).insert({
    state: 'hash',
    userId: 'u-ada',
    connectionName: 'atlassian',
    account: 'default',
    createdAt: new Date(),
    expiresAt: new Date(),
  });

export const names = async (dataSource: DataSource) => {
  const rows = await dataSource.getRepository(ConnectionConfig).find();
  return rows.map(({ name }) => name).toSorted();
};
