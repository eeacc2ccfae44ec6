import { expect, it } from 'vitest';
import { ExpiringTally } from '../../src/connections/expiring/tally';
import { ConnectionsError } from '../../src';
import type { DueToken } from '../../src/tokens/token-row';

const token = (id: number) => ({ id: String(id) }) as DueToken;

it('A call ends after ten thousand tokens that this process cannot decrypt, whatever its limit', () => {
  const tally = new ExpiringTally(2);
  const error = new ConnectionsError('key_unknown', 'No key.');
  for (let id = 1; id < 10_000; id += 1) tally.failed(token(id), error);
  expect([tally.isEnough, tally.hasHad(token(7))]).toEqual([false, true]);
  tally.failed(token(10_000), error);
  expect([tally.isEnough, tally.report.failed]).toEqual([true, 10_000]);
});

it('A call ends after as many errors of the database as its limit says', () => {
  const tally = new ExpiringTally(2);
  const error = new ConnectionsError('database_busy', 'Busy.');
  tally.failed(token(1), error);
  expect([tally.isEnough, tally.hasRoom(0), tally.hasRoom(1)]).toEqual([false, true, false]);
  tally.failed(token(2), error);
  expect(tally.isEnough).toBe(true);
});
