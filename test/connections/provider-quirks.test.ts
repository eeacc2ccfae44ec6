/** Each field of `oauth_config` that says what a provider does differently, against a server that insists on it. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type { JsonObject, OAuthOptions } from '../../src/config/definition';
import type { Reading } from '../setup/provider-journey';
import { ended, sentRequest } from '../setup/provider-journey';
import { useProviderHost } from '../setup/provider-host';
import { answerQuirks } from './provider-cases/answer-quirks';
import { authenticationQuirks } from './provider-cases/authentication-quirks';
import type { Outcome, Quirk } from './provider-cases/quirk';
import { isRefresh, issued, works } from './provider-cases/quirk';
import { requestQuirks } from './provider-cases/request-quirks';

const quirks = [...requestQuirks, ...authenticationQuirks, ...answerQuirks];

/** A field that is added to a declaration needs a server here, too. */
const fields = Object.keys({
  authorize_params: 0,
  token_params: 0,
  refresh_params: 0,
  token_endpoint_auth_method: 0,
  token_request_format: 0,
  scope_separator: 0,
  refresh_url: 0,
  refresh_scope: 0,
  pkce: 0,
  resource: 0,
  default_expires_in: 0,
  token_path: 0,
  error_path: 0,
  grant_ended_errors: 0,
  capture: 0,
} satisfies Record<Exclude<keyof OAuthOptions, ElsewhereTested>, 0>);
type ElsewhereTested = 'provider' | 'issuer' | 'revoke_url' | 'revoke_reach' | 'refresh_margin';

const used = useProviderHost();

function begin(declared: OAuthOptions, { answer }: Pick<Quirk, 'answer'>) {
  const journey = used.newJourney('api');
  used.endpoint.otherwise = (response, request) => {
    const answered = answer(sentRequest(request.path, request), journey.asked);
    const [status, body] = typeof answered === 'string' ? [400, { error: answered }] : [200, answered];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  return { journey, connections: used.declare(declared as JsonObject, journey) };
}

/** What is read, or the code of the error. */
async function told(reading: Promise<Reading>): Promise<Reading | string> {
  return reading.catch((error: { code: string }) => error.code);
}

async function outcomeOf(declared: OAuthOptions, quirk: Quirk) {
  const { journey, connections } = begin(declared, quirk);
  await journey.authorize(connections);
  const added = quirk.page?.(journey.asked) ?? {};
  const connected = await told(journey.complete(connections, added).then(() => journey.read(connections)));
  if (typeof connected === 'string') return { connected, renewed: null };
  return { connected, renewed: await told(journey.read(connections, ended(connected))) };
}

/** What a reading has otherwise than where everything works. */
function differing(reading: Reading): string {
  const usual = new Map<string, unknown>(Object.entries(works.connected));
  const odd = Object.entries(reading).filter(
    ([name, value]) => name !== 'accessToken' && !isDeepStrictEqual(value, usual.get(name)),
  );
  return odd.map(([name, value]) => ` (${name} ${JSON.stringify(value)})`).join('');
}

function inWords({ connected, renewed }: Outcome): string {
  if (typeof connected === 'string') return `connects nobody (${connected})`;
  const connects = `connects its user${differing(connected)}`;
  if (renewed === null || typeof renewed === 'string')
    return `${connects} and refreshes nothing (${renewed})`;
  return `${connects} and refreshes${differing(renewed)}`;
}

describe('A provider that', () => {
  it.each(
    quirks.flatMap((quirk) =>
      quirk.outcomes.map(([declared, outcome]) => {
        const title = `${quirk.provider} (${quirk.field}) ${inWords(outcome)} with ${JSON.stringify(declared)}`;
        return [title, declared, outcome, quirk] as const;
      }),
    ),
  )('%s', async (_title, declared, outcome, quirk) => {
    expect(await outcomeOf(declared, quirk)).toEqual(outcome);
  });

  it('insists on it, is here for each field and each of its words', () => {
    const insisted = quirks.map(({ field, outcomes: [best] }) => [field, best?.[0][field]] as const);
    expect(new Set(insisted.map(([field]) => field))).toEqual(new Set(fields));
    const words = (name: string) =>
      new Set(insisted.filter(([field]) => field === name).map(([, word]) => word));
    expect(words('token_endpoint_auth_method')).toEqual(
      new Set(['client_secret_basic', 'client_secret_basic_raw', 'client_secret_post', 'none']),
    );
    expect(words('refresh_scope')).toEqual(new Set(['omit', 'requested']));
    expect(words('pkce')).toEqual(new Set(['S256', 'off']));
  });
});

describe('refresh_margin', () => {
  /** As Exact Online does. */
  const refusesEarly = () => {
    const until = Date.now() + 3600 * 1000;
    return {
      answer: (request: Parameters<Quirk['answer']>[0]) =>
        isRefresh(request) && Date.now() < until ? 'access_denied' : issued(request),
    };
  };
  /** Asks for a token so many seconds before it ends, and waits for what goes on aside. */
  const askedBeforeEnd = async (declared: OAuthOptions, seconds: number, quirk: Pick<Quirk, 'answer'>) => {
    const { journey, connections } = begin(declared, quirk);
    const failures: string[] = [];
    connections.on('refresh_failed', ({ error }) => failures.push(error.code));
    await journey.connect(connections);
    vi.setSystemTime(Date.now() + (3600 - seconds) * 1000);
    const { accessToken } = await connections.getAccessToken(journey.userId, 'api');
    await connections.close();
    const { accessToken: later } = await connections.getAccessToken(journey.userId, 'api');
    await connections.close();
    return { accessToken, later, failures, requests: journey.sent.length };
  };

  it('of 0 waits for the end of a token, where a refresh before is refused', async () => {
    const asked = await askedBeforeEnd({ refresh_margin: 0 }, 10, refusesEarly());
    expect(asked).toEqual({ accessToken: 'first', later: 'first', failures: [], requests: 1 });
  });

  it('by default is a minute, which such a provider refuses without harm', async () => {
    const asked = await askedBeforeEnd({}, 10, refusesEarly());
    const failures = ['provider_refused'];
    expect(asked).toEqual({ accessToken: 'first', later: 'first', failures, requests: 2 });
    const early = await askedBeforeEnd({}, 300, refusesEarly());
    expect(early).toEqual({ accessToken: 'first', later: 'first', failures: [], requests: 1 });
  });

  it('of ten minutes renews five minutes before the end, while the token is served', async () => {
    const asked = await askedBeforeEnd({ refresh_margin: 600 }, 300, { answer: issued });
    expect(asked).toEqual({ accessToken: 'first', later: 'second', failures: [], requests: 2 });
  });
});
