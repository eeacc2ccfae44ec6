/** Work that follows a row by its id, and finds it changed: another user's, another grant, or gone. */
import { beforeAll, expect, it } from 'vitest';
import { deleteAccount } from '../../src/connections/accounts/delete-tokens';
import { StateRows } from '../../src/connections/flow/state-rows';
import { databaseOn } from '../../src/database/engines';
import type { Runtime } from '../../src/connections/runtime';
import { CommitFailure } from '../../src/database/failure';
import type { AccountRef } from '../../src';
import { ConnectionsError } from '../../src';
import { accountRef } from '../../src/tokens/account-ref';
import { renameUserTokens } from '../../src/tokens/rename';
import { type Rewrite, TokenPages } from '../../src/tokens/token-pages';
import { TokenRows } from '../../src/tokens/token-rows';
import type { StoredToken } from '../../src/tokens/token-row';
import { TokenSeal } from '../../src/tokens/token-seal';
import type { TokenVault } from '../../src/tokens/vault';
import { codeOf } from '../setup/code-of';
import { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';

const how = { timeoutMs: 5000, isPrepared: true };

describeEachEngine('A row that has changed meanwhile', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let rows: TokenRows;
  let pages: TokenPages;
  let states: StateRows;
  let seal: TokenSeal;
  let users = 0;
  beforeAll(() => {
    rows = new TokenRows(databaseOn(host.dataSource, how));
    pages = new TokenPages(databaseOn(host.dataSource, how));
    states = new StateRows(databaseOn(host.dataSource, how));
    seal = new TokenSeal(host.cipher);
  });

  const connected = async (): Promise<AccountRef> => {
    const ref = accountRef(`ada-${(users += 1)}`, 'atlassian');
    await host.connections().importTokens(ref.userId, 'atlassian', { accessToken: 'at' });
    return ref;
  };
  /** The rows, but something happens to the first of them right before each call of one method, as long as there is something. */
  const before = (
    method: 'deleteAll' | 'rewriteAll',
    ...happenings: readonly ((seen: StoredToken) => Promise<unknown>)[]
  ): TokenPages => {
    let calls = 0;
    return new Proxy(pages, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== method || typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          const [first] = given[0] as readonly (StoredToken | Rewrite)[];
          const happen = happenings[calls];
          if (first && happen) {
            calls += 1;
            await happen((await rows.readById(('seen' in first ? first.seen : first).id)) as StoredToken);
          }
          return value.apply(target, given) as unknown;
        };
      },
    });
  };
  const disconnect = async (ref: AccountRef, changing: TokenPages): Promise<StoredToken | null> => {
    const deleted: StoredToken[] = [];
    const providers = { deadline: () => performance.now() + 1000 };
    const opened = { vault: { rows, pages: changing }, states, providers } as unknown as Runtime;
    await deleteAccount(ref, opened, deleted);
    expect(deleted.length).toBeLessThan(2);
    return deleted[0] ?? null;
  };
  const rename = (from: AccountRef, to: string, changing: TokenPages) =>
    renameUserTokens(
      { rows, pages: changing, seal, leaseMs: 1000 } as unknown as TokenVault,
      from.userId,
      to,
      states.ending({ userId: from.userId }),
    );
  const lost = () =>
    new ConnectionsError('database_failed', 'connection reset', { cause: new CommitFailure(null) });
  const moveTo = async (seen: StoredToken, to: AccountRef) =>
    rows.rewrite(seen, { ...to, ...(await seal.reencrypt(seen, to)) });

  it('is deleted with the tokens that a refresh has saved', async () => {
    const ref = await connected();
    const refresh = async (seen: StoredToken) => {
      await rows.claim(seen, 1000);
      await rows.save(seen, 2, await seal.close(ref, { ...nothing, accessToken: 'new' }, under, null));
    };
    expect(await disconnect(ref, before('deleteAll', refresh))).toMatchObject({ generation: 2 });
    expect(await rows.read(ref)).toBeNull();
  });

  it('is revoked although the database did not answer its deletion', async () => {
    const ref = await connected();
    const losing = before('deleteAll', async (seen) => {
      await pages.deleteAll([seen]);
      throw lost();
    });
    expect(await disconnect(ref, losing)).toMatchObject({ generation: 1 });
    const failing = before('deleteAll', () => Promise.reject(lost()));
    const other = await connected();
    // It may still be at work: another one says for certain.
    expect(await disconnect(other, failing)).toMatchObject({ generation: 1 });
    expect(await rows.read(other)).toBeNull();
  });

  it("is not deleted when the user has connected again since, or when it is another user's by now", async () => {
    const ref = await connected();
    const importAgain = () =>
      host
        .connections()
        .importTokens(
          ref.userId,
          'atlassian',
          { accessToken: 'new' },
          { replaceSavedBefore: new Date('2100-01-01') },
        );
    const refresh = async (seen: StoredToken) => {
      await rows.claim(seen, 1000);
      await rows.save(seen, 2, await seal.close(ref, { ...nothing, accessToken: 'old' }, under, null));
    };
    // The first call has ended the flows: whoever connects from then on means it.
    expect(await disconnect(ref, before('deleteAll', refresh, importAgain))).toBeNull();
    expect((await host.connections().getAccessToken(ref.userId, 'atlassian')).accessToken).toBe('new');
    const other = accountRef(`${ref.userId}-renamed`, 'atlassian');
    expect(
      await disconnect(
        ref,
        before('deleteAll', (seen) => moveTo(seen, other)),
      ),
    ).toBeNull();
    expect(await codeOf(host.connections().getAccessToken(other.userId, 'atlassian'))).toBe('fine');
  });

  it("is not renamed when it is another user's by now", async () => {
    const ref = await connected();
    const other = accountRef(`${ref.userId}-other`, 'atlassian');
    const renaming = rename(
      ref,
      'third',
      before('rewriteAll', (seen) => moveTo(seen, other)),
    );
    expect(await renaming).toBe(0);
    expect(await codeOf(host.connections().getAccessToken(other.userId, 'atlassian'))).toBe('fine');
    expect(await pages.someOf('third')).toEqual([]);
  });
});

const under = { issuer: null, configFingerprint: 'f'.repeat(64) };

const nothing = {
  refreshToken: undefined,
  tokenType: 'Bearer',
  scopes: undefined,
  expiresAt: null,
  providerMetadata: undefined,
};
