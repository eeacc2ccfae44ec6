import { testConnections } from 'mcp-connections/testing';
import { expect, it } from 'vitest';
import { openIssues } from './issues';

it('counts the issues of a user', async () => {
  const { connections, provider } = await testConnections({ names: ['github'] });
  await provider.connect('user-1', 'github', { scopes: ['repo'] });
  provider.api((request, { userId }) => Response.json({ total: userId === 'user-1' ? 3 : 0 }));
  expect(await openIssues(connections, 'user-1')).toBe('You have 3 open issues.');
});

it('asks a user to connect whose grant has ended', async () => {
  const { connections, provider } = await testConnections({ names: ['github'] });
  expect(await openIssues(connections, 'user-1')).toBe('Connect GitHub first.');
  await provider.connect('user-1', 'github');
  provider.endGrant('user-1', 'github');
  expect(await openIssues(connections, 'user-1')).toBe('Connect GitHub first.');
  expect(provider.refreshes).toBe(1);
});

it('says that GitHub is down', async () => {
  const { connections, provider } = await testConnections({ names: ['github'] });
  await provider.connect('user-1', 'github');
  await provider.expire('user-1', 'github');
  provider.unavailable('github');
  expect(await openIssues(connections, 'user-1')).toBe('GitHub is down.');
});
