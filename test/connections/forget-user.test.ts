/** A user with many accounts is forgotten at many providers: which of them are asked at once, and for how long. */
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connections, connectionRegistry } from '../../src';
import { createTestDataSource } from '../../src/testing';
import { keyOf } from '../setup/connected';
import { declaration, entry } from '../setup/declarations';

const REQUEST_MS = 10_000;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
let dataSource: DataSource;
let connections: Connections;
/** The connections whose provider was asked, in order. */
let asked: string[] = [];
/** Requests that were not answered at once, in order. */
let open: { readonly name: string; readonly answer: () => void }[] = [];
/** The connections whose provider answers at once. */
let prompt: readonly string[] = [];
let told: { connectionName: string; revocation: string }[] = [];
/** How often a client's secret was fetched. */
let secrets = 0;
let watchers: (() => void)[] = [];
/** What a provider does before it answers. */
let before = () => {};

beforeAll(async () => {
  dataSource = await createTestDataSource();
  const entries = NAMES.map((name) => {
    const origin = `https://${name}.test`;
    const client = { client_id: 'c', client_secret_env: 'SECRET' };
    const endpoints = { authorize_url: `${origin}/authorize`, token_url: `${origin}/token` };
    const oauth_config = { ...client, ...endpoints, revoke_url: `${origin}/revoke` };
    return [name, entry({ oauth_config })] as const;
  });
  const fetch = async (url: string) => {
    const name = new URL(url).hostname.replace('.test', '');
    asked.push(name);
    before();
    if (prompt.includes(name)) return new Response();
    return new Promise<Response>((resolve) => {
      open.push({ name, answer: () => resolve(new Response()) });
      notice();
    });
  };
  const resolveSecret = () => {
    secrets += 1;
    return 'secret';
  };
  connections = new Connections(
    { dataSource, registry: connectionRegistry(declaration(Object.fromEntries(entries))) },
    { keys: `k1:${keyOf('a')}`, fetch, requestTimeoutMs: REQUEST_MS, resolveSecret },
  );
  connections.on('disconnected', ({ connectionName, revocation }) => {
    told.push({ connectionName, revocation });
    notice();
  });
});
beforeEach(() => {
  [asked, open, told, prompt, before, secrets] = [[], [], [], [], () => {}, 0];
});
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  await connections.close();
  await dataSource.destroy();
});

function notice(): void {
  for (const watcher of watchers) watcher();
}

async function until(isSo: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = () => {
      if (isSo()) resolve();
    };
    watchers.push(look);
    look();
  });
  watchers = [];
}

async function connect(userId: string, names: readonly string[], accounts: number): Promise<void> {
  for (const name of names) {
    for (let account = 0; account < accounts; account += 1) {
      await connections.importTokens(userId, name, { accessToken: 'at' }, { account: `account-${account}` });
    }
  }
}

/** Answers all that is asked from now on. */
async function answerAll(forgetting: Promise<number>): Promise<number> {
  prompt = NAMES;
  for (const { answer } of open) answer();
  return forgetting;
}

describe('A user who is forgotten', () => {
  it('has the accounts of a connection revoked while many at another hang', async () => {
    await connect('ada', ['a'], 20);
    await connect('ada', ['b'], 10);
    prompt = ['b'];
    const forgetting = connections.forgetUser('ada');
    await until(() => told.length === 10);
    expect(told).toEqual(Array.from({ length: 10 }, () => ({ connectionName: 'b', revocation: 'revoked' })));
    expect(open.every(({ name }) => name === 'a')).toBe(true);
    expect(await answerAll(forgetting)).toBe(30);
    expect(asked).toHaveLength(30);
  });

  it('has every connection asked before any is asked again, and eight at a time', async () => {
    await connect('eve', NAMES, 2);
    const forgetting = connections.forgetUser('eve');
    await until(() => open.length === 8);
    for (let answered = 0; answered < 12; answered += 1) {
      expect(asked).toHaveLength(8 + answered);
      open[answered]?.answer();
      await until(() => open.length === 9 + answered);
    }
    expect([asked.slice(0, 10), asked.slice(10)].map((names) => names.toSorted())).toEqual([NAMES, NAMES]);
    expect(await answerAll(forgetting)).toBe(20);
  });

  it('is waited for as long as three requests may take, and not for each account', async () => {
    await connect('bob', ['a', 'b', 'c'], 20);
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    prompt = NAMES;
    before = () => void vi.advanceTimersByTime(REQUEST_MS * 0.9);
    expect(await connections.forgetUser('bob')).toBe(60);
    expect(asked).toHaveLength(4);
    expect(told.filter(({ revocation }) => revocation === 'revoked')).toHaveLength(4);
    expect(told.filter(({ revocation }) => revocation === 'failed')).toHaveLength(56);
    // Those that were at hand when the time was over, and no more.
    expect(secrets).toBeLessThan(20);
  });
});
