import { describe, expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import { declaration, entry } from '../setup/declarations';

const problemsOf = (path: string) =>
  parseConnections(declaration({ a: entry({ oauth_config: { client_id: 'c', capture: [path] } }) }))
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);

describe('A path to capture', () => {
  it.each([
    'access_token',
    'refresh_token',
    'id_token',
    'idToken',
    'authed_user.access_token',
    'authed_user.access_token.value',
    'client_secret',
    'session',
    'team.api-key',
    'code',
    'state',
    'code_verifier',
  ])('is refused where it leads to a secret, or through one: %s', (path) => {
    expect(problemsOf(path)).toEqual(['secret_in_table_field']);
  });

  it.each(['team.id', 'instance_url', 'realmId', 'token_type', 'hub_id', 'scope', 'author', 'project_key'])(
    'is taken where it does not: %s',
    (path) => {
      expect(problemsOf(path)).toEqual([]);
    },
  );
});
