/** What callers get when nothing fails, in every order of events. With faults, and with other writers: test/model. */
import { describe, expect, it } from 'vitest';
import type { RefreshMemory, TokenState } from '../../src/tokens/refresh-protocol';
import { refreshRound } from '../../src/tokens/refresh-protocol';
import { explore } from '../model/explorer';
import type { Begin } from '../model/suites';
import { suite } from '../model/suites';
import type { World } from '../model/world';
import type { Writer } from '../model/writer';
import { writers } from '../model/writers';

/** How three callers ended, and how often the provider was asked, in each order of events. */
function ways(writer: Writer, begin: Begin = {}): Set<string> {
  const found = new Set<string>();
  const atRest = ({ processes, grants }: World) => {
    const outcomes = processes.map(({ end }) => String(end));
    found.add(`${outcomes.join(' ')}, asked: ${(grants[0]?.newest ?? 0) - 1}`);
  };
  const { broken, ends } = explore(suite([writer, writer, writer], 0, begin), { atRest });
  expect(broken).toBeNull();
  expect(ends).toBeGreaterThan(0);
  return found;
}

describe('the refresh protocol, in every order of events', () => {
  it('asks once and serves every caller', () => {
    expect(ways(writers.caller)).toEqual(new Set(['usable usable usable, asked: 1']));
  });

  it('asks once for a token that was refused', () => {
    const begin = { life: 'fresh' } as const;
    expect(ways(writers.rejecting, begin)).toEqual(new Set(['usable usable usable, asked: 1']));
  });

  it('asks once for a token that cannot be sent, and tells every caller', () => {
    const told = 'reauthorization_required';
    expect(ways(writers.unusable)).toEqual(new Set([`${told} ${told} ${told}, asked: 1`]));
  });

  it('asks anew for a token that has expired when it arrives, and serves each caller its own', () => {
    const asked = [...ways(writers.shortLived)].map((way) => way.replace(/.*asked: /, ''));
    expect(asked.toSorted()).toEqual(['3']);
  });

  const seen = {
    id: 'row',
    generation: 1,
    claimedGeneration: 2,
    isGivenUp: false,
    status: 'active',
    canRefresh: true,
    isUsable: false,
    isDue: true,
    isLeased: false,
  } as const;
  /** The round of a caller that has read this row. */
  const round = (memory: RefreshMemory | null, read: TokenState) => {
    const steps = refreshRound<string>(memory);
    steps.next();
    return { steps, next: steps.next(read) };
  };
  const waited = { id: 'row', first: 1, awaited: 2 };

  it('lets those who waited share a failure, so that a provider that is out of order is asked once', () => {
    const { steps, next } = round(null, { ...seen, isLeased: true });
    expect(next.value).toEqual({ step: 'wait' });
    expect(steps.next()).toEqual({ done: true, value: waited });
    const ended = round(waited, { ...seen, isGivenUp: true });
    expect(ended.next).toEqual({ done: true, value: 'transient' });
  });

  it('lets those who waited take what was issued, though it is due again', () => {
    const { next } = round(waited, { ...seen, generation: 2, isUsable: true });
    expect(next).toEqual({ done: true, value: 'usable' });
  });

  it('forgets what it knew of a row that has another one in its place', () => {
    const another = { ...seen, id: 'another', generation: 2, isUsable: true };
    expect(round(waited, another).next.value).toEqual({ step: 'claim', seen: another });
    const givenUp = { ...seen, id: 'another', isGivenUp: true };
    expect(round(waited, givenUp).next.value).toEqual({ step: 'claim', seen: givenUp });
  });

  it('looks again when its row has gone, since the user may have connected anew', () => {
    const { steps } = round(null, seen);
    expect(steps.next(true).value).toEqual({ step: 'request', seen });
    expect(steps.next({ kind: 'tokens', tokens: 'new' }).value).toMatchObject({ step: 'save' });
    expect(steps.next('gone').value).toEqual({ step: 'revoke', tokens: 'new' });
    expect(steps.next()).toEqual({ done: true, value: { id: 'row', first: 1, awaited: null } });
  });

  it('ends its lease when the provider could not be asked, or when its mark came too late', () => {
    for (const kind of ['transient', 'invalid_grant'] as const) {
      const { steps } = round(null, seen);
      steps.next(true);
      let { value } = steps.next({ kind, retryAfterMs: null });
      if (kind === 'invalid_grant') ({ value } = steps.next(false));
      expect(value).toEqual({ step: 'release', claimed: 3 });
    }
  });
});
