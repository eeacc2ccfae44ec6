/** A host that declares an API and, for each test, a token endpoint of its own and a clock that stands still until it is set. */
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { Connections } from '../../src';
import type { JsonObject } from '../../src/config/definition';
import { parseConnections } from '../../src/config/parse';
import { SECRET } from '../connections/provider-cases/quirk';
import { ConnectedHost } from './connected';
import { declaration, entry } from './declarations';
import { ProviderJourney } from './provider-journey';
import { TokenEndpoint } from './token-endpoint';

export interface ProviderHost {
  readonly host: ConnectedHost;
  readonly endpoint: TokenEndpoint;
  /** The way of a user who has not been there before. */
  newJourney(connectionName: string): ProviderJourney;
  /** A replica for which the API is declared so, with its client and its addresses unless they are given. */
  readonly declare: (oauth: JsonObject, journey: ProviderJourney) => Connections;
}

/** @returns what a test may use once it runs */
export function useProviderHost(): ProviderHost {
  let users = 0;
  const used = {
    host: ConnectedHost.forTests('sqlite'),
    newJourney: (name: string) => new ProviderJourney(`user-${(users += 1)}`, name, used.endpoint),
    declare: (oauth: JsonObject, { fetch }: ProviderJourney) => {
      const oauth_config: JsonObject = {
        client_id: 'the-id',
        client_secret: SECRET,
        authorize_url: 'https://id.example.test/authorize',
        token_url: 'https://id.example.test/token',
        scopes: ['a', 'b'],
        ...oauth,
      };
      const parsed = parseConnections(declaration({ api: entry({ oauth_config }) }));
      expect(parsed.problems).toEqual([]);
      return used.host.connections({ publicUrl: 'https://api.example.test', fetch }, parsed);
    },
  } as ProviderHost & { endpoint: TokenEndpoint };
  beforeEach(async () => {
    used.endpoint = await TokenEndpoint.start();
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await used.endpoint.stop();
  });
  return used;
}
