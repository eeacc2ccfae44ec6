// issues.ts: what is tested
import type { Connections } from 'mcp-connections';
import { isConnectionsError } from 'mcp-connections';

export async function openIssues(connections: Connections<'github'>, userId: string): Promise<string> {
  try {
    const response = await connections.fetchFor(userId, 'github')('https://api.github.test/issues');
    const { total } = (await response.json()) as { total: number };
    return `You have ${total} open issues.`;
  } catch (error) {
    if (isConnectionsError(error, 'not_connected', 'reauthorization_required'))
      return 'Connect GitHub first.';
    if (isConnectionsError(error, 'provider_unavailable')) return 'GitHub is down.';
    throw error;
  }
}
