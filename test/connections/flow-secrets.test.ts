/** What the verifier of a flow is encrypted for: flows that began under an earlier version have to end under a later one. */
import { expect, it } from 'vitest';
import { sealFlow } from '../../src/connections/flow/secrets';
import type { CipherPlace } from '../../src';

it('The verifier of a flow is bound to all that the flow began with, in an order that no version changes', async () => {
  const places: CipherPlace[] = [];
  const cipher = {
    encrypt: async (_text: string, place: CipherPlace) => `v${places.push(place)}`,
    decrypt: async () => '',
    isCurrent: () => true,
  };
  const flow = {
    browserBinding: 'binding',
    configFingerprint: 'fingerprint',
    requestedScopes: 'read',
    returnTo: '/back',
    originHost: null,
    issuer: 'https://issuer.test',
    redirectUri: 'https://host.test/callback',
    account: 'work',
    connectionName: 'linear',
    userId: 'ada',
  };
  await sealFlow(cipher, 'digest', flow, 'verifier');
  const account = ['ada', 'linear', 'work'];
  const addresses = ['https://host.test/callback', 'https://issuer.test', '', '/back'];
  expect(places).toEqual([
    {
      table: 'connection_oauth_states',
      column: 'code_verifier',
      row: ['digest', ...account, ...addresses, 'read', 'fingerprint', 'binding'],
    },
  ]);
});
