/** An authorization is completed once, by the user or the browser that began it, and by no state that resembles its own. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { CompleteOptions, Connections } from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { ConnectedHost } from '../setup/connected';
import { describeAnyEngine } from '../setup/database';
import { TokenEndpoint } from '../setup/token-endpoint';
import { callbackOf } from './callbacks';
import { codeOf } from './outcome';
import { runs, sized } from './size';

const OWNER = 'ada';
const REPLICAS = 5;
const AT_ONCE = 50;

const strangers = [
  ['bob', 'a', '', 'x'.repeat(256), 'Ada', 'ADA', 'ada ', ' ada', 'ada%', 'a_a', '%', "ada' OR '1'='1"],
  ['ad\u0430', '\uFF41da', '\u00E1da', 'ada\u0000', 'ada\u200B'],
].flat();
const cookies = ['', 'x', 'A'.repeat(43), '_'.repeat(43), '%'.repeat(43), ['x'], {}, null, 7, true];

/** A text of the same kind that is not the same. */
const altered = (change: (text: string, at: number) => string) =>
  fc.nat(42).map((at) => (text: string) => change(text, at));
const other = (one: string) => (one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase());
const changed = fc
  .oneof(
    altered((text, at) => text.slice(0, at)),
    altered((text, at) => text.slice(at + 1)),
    altered((text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)),
    altered((text, at) => text.slice(0, at) + other(text[at] ?? '') + text.slice(at + 1)),
    altered(
      (text, at) =>
        text.slice(0, at) + String.fromCodePoint((text.codePointAt(at) ?? 0) + 0xfee0) + text.slice(at + 1),
    ),
    altered((text, at) => `${text.slice(0, at)}%${text.slice(at + 1)}`),
    altered((text, at) => `${text.slice(0, at)}_${text.slice(at)}`),
    altered((text, at) => `${text.slice(0, at)}\u0000${text.slice(at)}`),
    fc
      .constantFrom(' ', '\n', '\t', '\u0000', '%00', '=', '.', '\u200B', '\u00AD', "' OR 1=1 --")
      .map((end) => (text: string) => text + end),
    fc.stringMatching(/^[\w-]{43}$/).map((guess) => () => guess),
    fc.constantFrom(
      (text: string) => text.toLowerCase(),
      (text: string) => ` ${text}`,
      encodeURIComponent,
      () => '',
    ),
  )
  .map((change) => (text: string) => (change(text) === text ? `${text}x` : change(text)));

interface Flow {
  readonly authorizationUrl: string;
  readonly who: CompleteOptions;
}
/** Who comes, and with which callback, made of the honest ones. */
type Attempt = (flow: Flow) => readonly [callback: string, who: unknown];

const stateOf = ({ authorizationUrl }: Flow) => new URL(authorizationUrl).searchParams.get('state') ?? '';
const thefts = fc.oneof(
  changed.map((change): Attempt => (flow) => [
    callbackOf(flow.authorizationUrl, { state: change(stateOf(flow)) }),
    flow.who,
  ]),
  changed.map((change): Attempt => (flow) => [
    callbackOf(flow.authorizationUrl, { state: [stateOf(flow), change(stateOf(flow))] }),
    flow.who,
  ]),
  fc
    .constantFrom(...strangers)
    .map((userId): Attempt => (flow) => [callbackOf(flow.authorizationUrl), { ...flow.who, userId }]),
  fc
    .constantFrom(...strangers)
    .map((userId): Attempt => (flow) => [callbackOf(flow.authorizationUrl), { userId }]),
  fc
    .constantFrom(...cookies)
    .map((browserBinding): Attempt => (flow) => [callbackOf(flow.authorizationUrl), { browserBinding }]),
  changed.map((change): Attempt => (flow) => [
    callbackOf(flow.authorizationUrl),
    { browserBinding: change(flow.who.browserBinding ?? 'A'.repeat(43)) },
  ]),
  fc.constant<Attempt>(({ authorizationUrl }) => [callbackOf(authorizationUrl), {}]),
);
/** `option_invalid`: without user and cookie, the host has made a mistake. */
const refusals = ['state_unknown', 'callback_invalid', 'account_invalid', 'option_invalid'];

describeAnyEngine('A state', (engine) => {
  const atEnd = atEndOfTests();
  let endpoint: TokenEndpoint;
  let replicas: Connections[];
  let connections: Connections;
  beforeAll(async () => {
    const host = await ConnectedHost.open(engine, atEnd);
    endpoint = await TokenEndpoint.start();
    atEnd(() => endpoint.stop());
    endpoint.otherwise = (response) =>
      void response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ access_token: 'at', expires_in: 60 }));
    const config = host.config({ authorize_url: `${endpoint.origin}/auth`, token_url: endpoint.url });
    const options = { publicUrl: 'https://api.example.test' };
    replicas = await Promise.all(Array.from({ length: REPLICAS }, () => host.replica(options, config)));
    [connections] = replicas as [Connections];
  });
  beforeEach(() => {
    endpoint.requests.length = 0;
  });

  async function begin(bindToBrowser: boolean): Promise<Flow> {
    const { authorizationUrl, browserBinding } = await connections.authorize(OWNER, 'atlassian', {
      bindToBrowser,
    });
    return { authorizationUrl, who: browserBinding === null ? { userId: OWNER } : { browserBinding } };
  }

  it.each([
    ['the user who began it', false],
    ['the browser that began it', true],
  ])('is taken by nobody but %s, and by nobody twice', async (_whom, bindToBrowser) => {
    const flow = await begin(bindToBrowser);
    await fc.assert(
      fc.asyncProperty(thefts, async (theft) => {
        const [callback, who] = theft(flow);
        const code = await codeOf(connections.complete(callback, who as CompleteOptions));
        expect(refusals, `${callback} with ${inspect(who)}`).toContain(code);
      }),
      { ...runs(8, 700), endOnFailure: true },
    );
    expect(endpoint.requests).toEqual([]);
    const completed = await connections.complete(callbackOf(flow.authorizationUrl), flow.who);
    expect(completed).toMatchObject({ userId: OWNER, connectionName: 'atlassian' });
    for (const replica of replicas) {
      expect(await codeOf(replica.complete(callbackOf(flow.authorizationUrl), flow.who))).toBe(
        'state_unknown',
      );
    }
    expect(endpoint.requests).toHaveLength(1);
  });

  it('lets one of fifty completions at once through, and sends one code', async () => {
    for (let round = 0; round < sized(1, 10); round += 1) {
      const { authorizationUrl, who } = await begin(round % 2 === 1);
      endpoint.requests.length = 0;
      const attempts = Array.from({ length: AT_ONCE }, (_, index) => {
        const replica = replicas[index % REPLICAS] ?? connections;
        return codeOf(replica.complete(callbackOf(authorizationUrl), who));
      });
      const codes = await Promise.all(attempts);
      expect(codes.filter((code) => code === null)).toHaveLength(1);
      expect(codes.filter((code) => code === 'state_unknown')).toHaveLength(AT_ONCE - 1);
      expect(endpoint.requests).toHaveLength(1);
    }
  });
});
