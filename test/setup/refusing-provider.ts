/** A provider that refuses some requests, and hosts that declare it in one way or another. */
import { issued } from '../connections/provider-cases/quirk';
import type { SentRequest } from './provider-journey';
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

    begin: used.declare,
  };
}
