/** Users whose ids look alike: a token for each, then each one's own read back. */
import { randomUUID } from 'node:crypto';
import { UserConnectionToken } from '../../../src/entities';
import type { UsersJob, UsersOutcome } from '../job';
import { withStore } from './store';

export function users(job: UsersJob): Promise<UsersOutcome> {
  return withStore(job.connection, async ({ dataSource }) => {
    const tokens = dataSource.getRepository(UserConnectionToken);
    for (const userId of job.users) {
      await tokens.insert({
        id: randomUUID(),
        userId,
        connectionName: 'github',
        account: 'default',
        accessTokenEncrypted: `of ${userId}`,
        createdAt: new Date(),
        updatedAt: new Date(),
      });
    }
    const found: string[][] = [];
    for (const userId of job.users) {
      const rows = await tokens.findBy({ userId, connectionName: 'github', account: 'default' });
      found.push(rows.map((row) => row.userId));
    }
    return { found };
  });
}
