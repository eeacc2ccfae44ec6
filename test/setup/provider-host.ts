/** A host and, for each test, a token endpoint of its own and a clock that stands still until it is set. */
import { afterEach, beforeEach, vi } from 'vitest';
import { ConnectedHost } from './connected';
import { ProviderJourney } from './provider-journey';
import { TokenEndpoint } from './token-endpoint';

export interface ProviderHost {
  readonly host: ConnectedHost;
  readonly endpoint: TokenEndpoint;
  /** The way of a user who has not been there before. */
  newJourney(connectionName: string): ProviderJourney;
}

/** @returns what a test may use once it runs */
export function useProviderHost(): ProviderHost {
  let users = 0;
  const used = {
    host: ConnectedHost.forTests('sqlite'),
    newJourney: (name: string) => new ProviderJourney(`user-${(users += 1)}`, name, used.endpoint),
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
