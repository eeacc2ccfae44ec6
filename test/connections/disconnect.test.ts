/** What a user ends stays ended: the rows go first and in any case, and the tokens are revoked wherever that is possible. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ServerResponse } from 'node:http';
import type { ConnectionRegistry, ConnectionsErrorCode, Disconnection } from '../../src';
import {
  ConnectionConfig,
  Connections,
  ConnectionsError,
  connectionRegistry,
  syncConnectionConfigs,
  tableRegistry,
} from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { declaration, entry } from '../setup/declarations';
import { Site } from '../setup/site';

/** A registry that does not give a connection. */
const registryThatSays =
  (code: ConnectionsErrorCode): ConnectionRegistry['get'] =>
  async () => {
    throw new ConnectionsError(code, 'It is not given.');
  };

describeEachEngine('What a user ends', (engine) => {
  const made: Connections[] = [];
  const host = ConnectedHost.forTests(engine);
  const atEnd = atEndOfTests();
  let provider: Site;
  beforeAll(async () => {
    provider = await Site.open(atEnd);
  });
  beforeEach(() => {
    provider.pages.clear();
    provider.requests.length = 0;
    provider.pages.set('/revoke', {});
  });
  afterAll(async () => {
    provider.pages.set('/revoke', {});
    for (const connections of made) await connections.close();
  });

  const document = (enabled?: boolean) => {
    const oauth_config = {
      client_id: 'id',
      authorize_url: `${provider.origin}/authorize`,
      token_url: `${provider.origin}/token`,
      revoke_url: `${provider.origin}/revoke`,
    };
    const one = entry({ oauth_config, ...(enabled === undefined ? {} : { enabled }) });
    return declaration({ a: one, b: one, c: one });
  };
  const over = (registry: ConnectionRegistry) => {
    const { dataSource, cipher, logger } = host;
    const connections = new Connections({ dataSource, registry }, { cipher, logger });
    made.push(connections);
    return connections;
  };
  const connect = (userId: string, names: readonly string[] = ['a'], accounts: readonly string[] = ['one']) =>
    Promise.all(
      names.flatMap((name) =>
        accounts.map((account) =>
          over(connectionRegistry(document())).importTokens(
            userId,
            name,
            { accessToken: `at-${name}-${account}`, refreshToken: `rt-${name}-${account}` },
            { account },
          ),
        ),
      ),
    );
  const one = { account: 'one' };
  const revoked = () =>
    provider.requests
      .filter(({ path }) => path === '/revoke')
      .map(({ body }) => new URLSearchParams(body).get('token') ?? '')
      .toSorted(byText);
  const rowsOf = (userId: string) => host.rows.countBy({ userId });

  it('is revoked although the declaration switches the connection off', async () => {
    await connect('by declaration');
    const connections = over(connectionRegistry(document(false)));
    const disconnection = await connections.disconnect('by declaration', 'a', one);
    expect(disconnection).toEqual({ removed: true, revocation: 'revoked' });
    expect([revoked(), await rowsOf('by declaration')]).toEqual([['rt-a-one'], 0]);
    const serving = connections.getAccessToken('by declaration', 'a', one);
    await expect(serving).rejects.toMatchObject({ code: 'connection_disabled' });
  });

  it('is revoked although an operator has switched the connection off in the table', async () => {
    await connect('by operator', ['a', 'b']);
    const repo = host.dataSource.getRepository(ConnectionConfig);
    await syncConnectionConfigs(document(), repo);
    await repo.update({ name: 'a' }, { enabled: false });
    const connections = over(tableRegistry(repo));
    const serving = connections.getAccessToken('by operator', 'a', one);
    await expect(serving).rejects.toMatchObject({ code: 'connection_disabled' });
    const disconnection = await connections.disconnect('by operator', 'a', one);
    expect([disconnection.revocation, revoked()]).toEqual(['revoked', ['rt-a-one']]);
    await repo.update({ name: 'b' }, { enabled: false });
    expect(await connections.forgetUser('by operator')).toBe(1);
    expect(revoked()).toEqual(['rt-a-one', 'rt-b-one']);
  });

  it('is deleted and not revoked when the connection is no longer declared', async () => {
    await connect('undeclared', ['a', 'b']);
    const repo = host.dataSource.getRepository(ConnectionConfig);
    await syncConnectionConfigs(document(), repo);
    await syncConnectionConfigs({ mcpServers: {} }, repo, { allowEmpty: true });
    const ofTable = await over(tableRegistry(repo)).disconnect('undeclared', 'a', one);
    const ofDocument = await over(connectionRegistry(declaration({}))).disconnect('undeclared', 'b', one);
    expect([ofTable, ofDocument]).toEqual([
      { removed: true, revocation: 'unsupported' },
      { removed: true, revocation: 'unsupported' },
    ]);
    expect([revoked(), await rowsOf('undeclared')]).toEqual([[], 0]);
  });

  it.each<[string, Disconnection['revocation'], ConnectionRegistry['get']]>([
    ['rejects', 'failed', async () => Promise.reject(new Error('down'))],
    [
      'throws',
      'failed',
      () => {
        throw new Error('down');
      },
    ],
    ['gives nothing', 'unsupported', async () => undefined as never],
    ['rejects its entry', 'failed', registryThatSays('connection_rejected')],
    ['has it removed', 'unsupported', registryThatSays('connection_removed')],
    ['does not know the option', 'failed', async (name) => connectionRegistry(document(false)).get(name)],
  ])('is deleted when the registry %s, and its revocation is %s', async (how, revocation, get) => {
    await connect(how);
    const connections = over({ ...connectionRegistry(document()), get });
    const disconnection = await connections.disconnect(how, 'a', one);
    expect([disconnection.revocation, await rowsOf(how)]).toEqual([revocation, 0]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['refuses', (response) => void response.writeHead(400).end('{"error":"invalid_request"}')],
    ['cuts the connection', (response) => void response.destroy()],
  ])('is deleted when the provider %s', async (how, page) => {
    provider.pages.set('/revoke', page);
    await connect(how);
    const disconnection = await over(connectionRegistry(document())).disconnect(how, 'a', one);
    expect([disconnection.revocation, await rowsOf(how)]).toEqual(['failed', 0]);
  });

  /** Keeps every request for a revocation waiting. */
  const holding = () => {
    const waiting: ServerResponse[] = [];
    const watchers: [count: number, resolve: () => void][] = [];
    let answered = 0;
    let most = 0;
    let isOver = false;
    provider.pages.set('/revoke', (response) => {
      if (isOver) return void response.end();
      waiting.push(response);
      most = Math.max(most, waiting.length);
      for (const [count, resolve] of watchers) if (answered + waiting.length >= count) resolve();
    });
    return {
      arrived: (count: number) =>
        new Promise<void>((resolve) => {
          watchers.push([count, resolve]);
          if (answered + waiting.length >= count) resolve();
        }),
      most: () => most,
      answerOne: () => {
        answered += 1;
        waiting.shift()?.end();
      },
      answerAll: () => {
        isOver = true;
        for (const response of waiting.splice(0)) response.end();
      },
    };
  };

  it('keeps no row while providers hang, and none of them delays another', async () => {
    await connect('hung', ['a', 'b', 'c']);
    const held = holding();
    const connections = over(connectionRegistry(document()));
    const told: unknown[] = [];
    connections.on('disconnected', (event) => told.push(event));
    const forgetting = connections.forgetUser('hung');
    await held.arrived(1);
    expect(await rowsOf('hung')).toBe(0);
    await held.arrived(3);
    expect(told).toEqual([]);
    held.answerAll();
    expect(await forgetting).toBe(3);
    const event = { userId: 'hung', account: 'one', revocation: 'revoked' };
    expect(told).toHaveLength(3);
    for (const connectionName of ['a', 'b', 'c']) expect(told).toContainEqual({ ...event, connectionName });
  });

  it('is revoked a few at a time', async () => {
    const accounts = Array.from({ length: 11 }, (_, index) => `account-${index}`);
    await connect('many', ['a'], accounts);
    const held = holding();
    const forgetting = over(connectionRegistry(document())).forgetUser('many');
    for (let answered = 0; answered <= 3; answered += 1) {
      await held.arrived(8 + answered);
      // A ninth would arrive while this round trip lasts.
      await fetch(`${provider.origin}/round-trip`);
      held.answerOne();
    }
    held.answerAll();
    expect(await forgetting).toBe(11);
    expect([held.most(), revoked()]).toEqual([
      8,
      accounts.map((account) => `rt-a-${account}`).toSorted(byText),
    ]);
  });

  it('is waited for by a service that is shutting down', async () => {
    for (const end of ['disconnect', 'forgetUser'] as const) {
      await connect(`ends by ${end}`);
      const held = holding();
      const connections = over(connectionRegistry(document()));
      const order: string[] = [];
      const ending =
        end === 'disconnect'
          ? connections.disconnect(`ends by ${end}`, 'a', one)
          : connections.forgetUser(`ends by ${end}`);
      const ended = ending.then(() => order.push('ended'));
      await held.arrived(1);
      const closed = connections.close().then(() => order.push('closed'));
      held.answerAll();
      await Promise.all([ended, closed]);
      expect(order).toEqual(['ended', 'closed']);
    }
  });

  it('is revoked as far as it was deleted when the database fails in between', async () => {
    await connect('interrupted', ['a', 'b']);
    const connections = over(connectionRegistry(document()));
    await refuseToDelete(host, 'b');
    try {
      await expect(connections.forgetUser('interrupted')).rejects.toMatchObject({ code: 'database_failed' });
    } finally {
      await dropRefusal(host);
    }
    const left = await host.rows.findBy({ userId: 'interrupted' });
    const kept = left.map(({ connectionName }) => `rt-${connectionName}-one`);
    expect([...revoked(), ...kept].toSorted(byText)).toEqual(['rt-a-one', 'rt-b-one']);
    expect(kept).toContain('rt-b-one');
    expect(await connections.forgetUser('interrupted')).toBe(left.length);
    expect(revoked()).toEqual(['rt-a-one', 'rt-b-one']);
  });
});

const byText = (a: string, b: string) => a.localeCompare(b);

/** As a trigger of a host's own would. */
async function refuseToDelete({ engine, dataSource, rows }: ConnectedHost, name: string): Promise<void> {
  const table = rows.metadata.tablePath;
  const isIt = `OLD.connection_name = '${name}'`;
  if (engine === 'postgres') {
    const schema = table.split('.')[0];
    await dataSource.query(
      `CREATE FUNCTION ${schema}.refuse_delete() RETURNS trigger LANGUAGE plpgsql AS ` +
        `$$ BEGIN IF ${isIt} THEN RAISE EXCEPTION 'refused'; END IF; RETURN OLD; END $$`,
    );
    await dataSource.query(
      `CREATE TRIGGER refuse_delete BEFORE DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${schema}.refuse_delete()`,
    );
    return;
  }
  const body =
    engine === 'mariadb'
      ? `FOR EACH ROW IF ${isIt} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'; END IF`
      : `WHEN ${isIt} BEGIN SELECT RAISE(ABORT, 'refused'); END`;
  await dataSource.query(`CREATE TRIGGER refuse_delete BEFORE DELETE ON ${table} ${body}`);
}

async function dropRefusal({ engine, dataSource, rows }: ConnectedHost): Promise<void> {
  const on = engine === 'postgres' ? ` ON ${rows.metadata.tablePath}` : '';
  await dataSource.query(`DROP TRIGGER refuse_delete${on}`);
}
