/** What callers get when nothing fails, in every order of events. With faults, and with other writers: test/model. */
import { describe, expect, it } from 'vitest';
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

  it('lets those who waited share a failure, so that a provider that is out of order is asked once', () => {
    const seen = {
      id: 'row',
      generation: 1,
      claimedGeneration: 2,
      isGivenUp: false,
      status: 'active',
      canRefresh: true,
      isUsable: false,
      isDue: true,
    } as const;
    const waiting = refreshRound(null);
    waiting.next();
    expect(waiting.next({ ...seen, isLeased: true }).value).toEqual({ step: 'wait' });
    const { value: memory } = waiting.next();
    expect(memory).toEqual({ id: 'row', first: 1, awaited: 2 });
    const again = refreshRound(memory as never);
    again.next();
    const ended = again.next({ ...seen, isLeased: false, isGivenUp: true });
    expect(ended).toEqual({ done: true, value: 'transient' });
  });
});
