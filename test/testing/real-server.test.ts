/** The kit's provider beside a real authorization server: the same request has the same answer. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registrations, visits } from './asked/authorization-cases';
import { Client } from './asked/client';
import { clients, codes } from './asked/code-cases';
import { refreshes, revocations } from './asked/refresh-cases';
import type { AskedProvider } from './asked/two-providers';
import { kitProvider, realProvider } from './asked/two-providers';

describe.each([
  ['The provider of the kit', kitProvider],
  ['A real authorization server', realProvider],
])('%s answers', (_name, start) => {
  let provider: AskedProvider;
  let client: Client;
  beforeAll(async () => {
    provider = await start();
    client = new Client(provider);
  });
  afterAll(() => provider.stop());

  describe.each([
    ['at the token endpoint to', [...codes, ...clients, ...refreshes]],
    ['at the revocation endpoint to', revocations],
    ['at the authorization endpoint to', visits],
    ['at the registration endpoint to', registrations],
  ])('%s', (_endpoint, cases) => {
    it.each(cases)('%s', async (_title, run, answers) => {
      expect(await run(client)).toEqual(answers);
    });
  });
});
