/** What happens to a host between a user's first call and the last, with any client. */
import { expect } from 'vitest';
import { findConnectionsError } from '../../src/errors';
import { failureOf } from '../setup/code-of';
import type { McpClient, McpClientLibrary, PassedOn } from './client';
import { NOTIFICATIONS } from '../setup/mcp-host';
import type { McpHost } from '../setup/mcp-host';

type Scenario = (library: McpClientLibrary, host: McpHost) => Promise<void>;

export const scenarios: Readonly<Record<string, Scenario>> = {
  'cannot connect before its user has, and can then': async (library, host) => {
    const connect = () => library.connect(host.url, host.fetch, () => undefined);
    const failure = await failureOf(connect);
    expect(codes(host)).toEqual(['not_connected']);
    expectPassedOn(failure, library.ofConnect, host);
    await host.connect();
    const client = await connect();
    expect(await client.listTools()).toEqual(['read_note', 'write_note', 'watch_notes']);
    expect(await client.callTool('read_note')).toBe('read');
    expect(codes(host)).toEqual(['not_connected']);
    await client.close();
  },

  'calls on when its token has expired, after one refresh': async (library, host) => {
    const client = await connected(library, host);
    await host.expire();
    const call = async () => expect(await client.callTool('read_note')).toBe('read');
    expect(await host.tokenRequestsOf(call)).toBe(1);
    expect(await host.tokenRequestsOf(call)).toBe(0);
    expect(host.told).toEqual([]);
    await client.close();
  },

  'makes eight calls at once with a token that has expired, and one of them refreshes it': async (
    library,
    host,
  ) => {
    const client = await connected(library, host);
    await host.expire();
    const answers: string[] = [];
    const call = async () => void answers.push(await client.callTool('read_note'));
    expect(await host.tokenRequestsOf(() => Promise.all(Array.from({ length: 8 }, call)))).toBe(1);
    expect(answers).toEqual(Array.from({ length: 8 }, () => 'read'));
    await client.close();
  },

  'gets an answer although its token was revoked, since that is refreshed after the 401': async (
    library,
    host,
  ) => {
    const client = await connected(library, host);
    await host.revoke();
    const call = async () => expect(await client.callTool('read_note')).toBe('read');
    expect(await host.tokenRequestsOf(call)).toBe(1);
    expect(host.told).toEqual([]);
    await client.close();
  },

  'learns which scopes a tool wants, and may call it once the user has granted them': async (
    library,
    host,
  ) => {
    const client = await connected(library, host);
    const failure = await failureOf(() => client.callTool('write_note'));
    expect(host.told).toMatchObject([{ code: 'insufficient_scope', scopes: ['write'] }]);
    expectPassedOn(failure, library.ofCall, host);
    await host.connect(host.told[0]?.scopes);
    expect(await client.callTool('write_note')).toBe('written');
    expect(host.told).toHaveLength(1);
    await client.close();
  },

  'learns that the user has ended the grant, and calls on once the user has connected again': async (
    library,
    host,
  ) => {
    const client = await connected(library, host);
    await host.endGrant();
    const failure = await failureOf(() => client.callTool('read_note'));
    expect(host.told).toMatchObject([{ code: 'reauthorization_required', reason: 'invalid_grant' }]);
    expectPassedOn(failure, library.ofCall, host);
    await host.connect();
    expect(await client.callTool('read_note')).toBe('read');
    expect(host.told).toHaveLength(1);
    await client.close();
  },

  'fails when the server refuses the refreshed token, too, and its next call refreshes no more': async (
    library,
    host,
  ) => {
    const client = await connected(library, host);
    host.refuseEveryToken();
    const call = async () => {
      const failure = await failureOf(() => client.callTool('read_note'));
      const expected = library.ofCall === 'error' ? 'token_refused' : undefined;
      expect(findConnectionsError(failure)?.code).toBe(expected);
      expect(failure).toHaveProperty('message', expect.stringContaining('401'));
    };
    expect(await host.tokenRequestsOf(call)).toBe(1);
    expect(await host.tokenRequestsOf(call)).toBe(0);
    expect(new Set(codes(host))).toEqual(new Set(['token_refused']));
    await client.close();
  },

  'fails with an error of its own when the server is down, which is not held against the account': async (
    library,
    host,
  ) => {
    const client = await connected(library, host);
    const before = await host.row();
    await host.stopMcpServer();
    const failure = await failureOf(() => client.callTool('read_note'));
    expect(failure).toBeInstanceOf(Error);
    expect(findConnectionsError(failure)).toBeUndefined();
    expect(host.told).toEqual([]);
    expect(await host.row()).toEqual(before);
    await client.close();
  },

  'hears a tool to its end when the token expires meanwhile, and the next call refreshes it': async (
    library,
    host,
  ) => {
    let heard = 0;
    let hearHalf: () => void;
    const half = new Promise<void>((resolve) => (hearHalf = resolve));
    const client = await connected(library, host, () => {
      heard += 1;
      if (heard === NOTIFICATIONS / 2) hearHalf();
    });
    const watch = async () => {
      const answer = client.callTool('watch_notes');
      await (library.hearsProgress ? half : host.pause.hasBegun);
      await host.expire();
      host.pause.end();
      expect(await answer).toBe('watched');
    };
    expect(await host.tokenRequestsOf(watch)).toBe(0);
    expect(heard).toBe(library.hearsProgress ? NOTIFICATIONS : 0);
    const call = async () => expect(await client.callTool('read_note')).toBe('read');
    expect(await host.tokenRequestsOf(call)).toBe(1);
    await client.close();
  },
};

/** A client that has also asked for the stream of what a server says unasked, as each does when it has connected. */
async function connected(
  library: McpClientLibrary,
  host: McpHost,
  onProgress: () => void = () => undefined,
): Promise<McpClient> {
  await host.connect();
  const client = await library.connect(host.url, host.fetch, onProgress);
  await client.listTools();
  await host.idle();
  return client;
}

const codes = ({ told }: McpHost) => told.map(({ code }) => code);

/** That a caller of the client gets of the one error what the client is known to pass on. */
function expectPassedOn(failure: unknown, passedOn: PassedOn, { told: [error] }: McpHost): void {
  const found = findConnectionsError(failure);
  if (passedOn === 'error') expect(found).toBe(error);
  else expect(found).toBeUndefined();
  expect(failure).toHaveProperty('message', expect.stringContaining(error?.message ?? '?'));
}
