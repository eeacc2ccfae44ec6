/** Another program may have written anything into a row of tokens where the provider’s words stood, or what a refresh needs: that costs nobody the tokens of a refresh. */
import { expect, it } from 'vitest';
import { codeOf } from '../setup/code-of';
import { describeEachEngine } from '../setup/database';
import { OddRows, oddCases } from '../setup/odd-rows';
import { itHasNewTokens } from './odd-values';

const texts = [
  "{'cloud_id': 1}",
  '',
  '{"cut": ',
  '[1]',
  '"text"',
  'null',
  '7',
  'ä',
  '{"__proto__": {"a": 1}}',
];

const cases = oddCases([
  ['providerMetadata', texts],
  ['providerMetadata', [`{"a":"${'x'.repeat(59_970)}"}`, '['.repeat(30_000), '{"a":'.repeat(9_000)]],
  ['scopes', ['', ' ', '  read  write ', '["read"]', 'read,write', 'ä'.repeat(7_000)]],
  ['tokenType', ['', 'ä', 'dpop']],
  ['grantId', ['', 'ä', null]],
  ['issuer', ['', 'no url', 'ä']],
]);

const unclear = [
  ['status', '', 'reauthorization_required'],
  ['status', 'ACTIVE', 'reauthorization_required'],
  ['status', 'expired', 'reauthorization_required'],
  ['configFingerprint', '', 'reauthorization_required'],
  ['configFingerprint', 'ä', 'reauthorization_required'],
  ['refreshTokenEncrypted', '', 'ciphertext_invalid'],
  ['refreshTokenEncrypted', 'a refresh token', 'ciphertext_invalid'],
  ['refreshTokenEncrypted', null, 'reauthorization_required'],
] as const;

describeEachEngine('A row in which another program has written', (engine) => {
  const rows = new OddRows(engine, cases, unclear.length);

  itHasNewTokens(rows, cases);

  it.each(unclear)(
    'sends nothing where it could not tell what to send: %s is %j',
    async (property, value, code) => {
      const id = await rows.userWith(property, value);
      const { claimedGeneration } = await rows.host.row(id);
      const before = rows.requests();
      expect(await codeOf(rows.connections.getAccessToken(id, 'atlassian'))).toBe(code);
      const requests = rows.requests() - before;
      expect([requests, (await rows.host.row(id)).claimedGeneration]).toEqual([0, claimedGeneration]);
    },
  );
});
