/** What another program may have written into a row of tokens, and the test of each such value. */
import { expect, it } from 'vitest';
import type { OddCase, OddRows } from '../setup/odd-rows';

/** What may stand where an instant should. */
export const oddInstants = [
  '',
  'soon',
  'ä',
  '0',
  '2026-11-22 17:04:00',
  '2026-11-22 17:04:00\n',
  '9999-99-99T99:99:99.999Z',
] as const;

/** To be called in a `describe`. */
export function itHasNewTokens(rows: OddRows, cases: readonly OddCase[]): void {
  // Several at once, since much of the time goes by in the servers.
  it.concurrent.each(cases)(
    'has the new tokens after one refresh: %s is %s',
    async (_property, _named, _value, id) => {
      const { connections } = rows;
      const listed = await connections.list(id);
      // A host shows them.
      expect(() =>
        listed[0]?.accounts.map(({ connectedAt, expiresAt }) =>
          [connectedAt, expiresAt].map((at) => at?.toISOString()),
        ),
      ).not.toThrow();
      const token = await connections.getAccessToken(id, 'atlassian');
      expect(token.accessToken).toBe(`new of ${id}`);
      expect(token.scopes).not.toContain('');
      expect(await connections.getAccessToken(id, 'atlassian')).toEqual(token);
      expect(rows.requests(id)).toBe(1);
      const [account] = (await connections.list(id))[0]?.accounts ?? [];
      expect(account).toMatchObject({ status: 'connected', providerMetadata: { 'team.id': 'T1' } });
    },
  );
}
