/** Writes rows of connections as a sync would have left them. */
import type { DataSource } from 'typeorm';
import { ConnectionConfig } from '../../src/entities';
import type { StoredRow } from '../../src/sync/row';

export async function putRows(dataSource: DataSource, rows: readonly StoredRow[]): Promise<void> {
  const repo = dataSource.getRepository(ConnectionConfig);
  for (const row of rows) {
    const json = (text: string | null) => (text === null ? null : JSON.parse(text));
    await repo.insert({
      ...row,
      oauthOptions: json(row.oauthOptions),
      extraConfig: json(row.extraConfig),
      removedAt: row.removedAt === null ? null : new Date(row.removedAt),
      createdAt: new Date(0),
      updatedAt: new Date(0),
    });
  }
}
