/** A provider that refuses some requests, and hosts that declare it in one way or another. */
import { expect } from 'vitest';
import type { Connections } from '../../src';
import type { JsonObject } from '../../src/config/definition';
import { parseConnections } from '../../src/config/parse';
import { issued, SECRET } from '../connections/provider-cases/quirk';
import { declaration, entry } from './declarations';
import type { ProviderJourney, SentRequest } from './provider-journey';
import { sentRequest } from './provider-journey';
import { useProviderHost } from './provider-host';

type Refusal = readonly [status: number, body: object];

/** To be called in a file or a `describe`, whose tests share the host. */
export function useRefusingProvider() {
  const used = useProviderHost();
  return {
    newJourney: () => used.newJourney('api'),

    /** Answers with tokens unless this says otherwise. */
    serve: (refuse: (request: SentRequest) => Refusal | null): void => {
      used.endpoint.otherwise = (response, received) => {
        const request = sentRequest(received.path, received);
        const [status, body] = refuse(request) ?? [200, issued(request)];
        const location = { location: 'https://id.example.test/new' };
        response
          .writeHead(status, { 'content-type': 'application/json', ...(status === 307 ? location : {}) })
          .end(JSON.stringify(body));
      };
    },

    begin: (declared: JsonObject, journey: ProviderJourney): Connections => {
      const oauth_config: JsonObject = {
        client_id: 'the-id',
        client_secret: SECRET,
        authorize_url: 'https://id.example.test/authorize',
        token_url: 'https://id.example.test/token',
        scopes: ['a', 'b'],
        ...declared,
      };
      const parsed = parseConnections(declaration({ api: entry({ oauth_config }) }));
      expect(parsed.problems).toEqual([]);
      return used.host.connections({ publicUrl: 'https://api.example.test', fetch: journey.fetch }, parsed);
    },
  };
}
