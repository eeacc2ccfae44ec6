import { expect, it } from 'vitest';
import { ProviderLanes } from '../../src/connections/expiring/provider-lanes';
import type { Sign } from '../../src/connections/expiring/provider-lanes';

/** How many begin before there is no room. */
function room(lanes: ProviderLanes): number {
  let count = 0;
  for (; lanes.hasRoom; count += 1) lanes.begin();
  for (let index = 0; index < count; index += 1) lanes.end(null);
  return count;
}

/** Whether the provider was left out by that. */
function ended(lanes: ProviderLanes, ...signs: Sign[]): boolean {
  let isLeftOut = false;
  for (const sign of signs) {
    lanes.begin();
    isLeftOut = lanes.end(sign);
  }
  return isLeftOut;
}

const lanesFor = (most: number, isProbe = false, failures = 0) =>
  new ProviderLanes(most, isProbe, { failures });

it('A provider begins with three lanes, and has one more after each success', () => {
  const lanes = lanesFor(6);
  expect(room(lanes)).toBe(3);
  ended(lanes, 'success', 'success');
  expect(room(lanes)).toBe(5);
  ended(lanes, 'success', 'success', 'success');
  expect(room(lanes)).toBe(6);
});

it('A provider has half as many after a failure, and is left out after three in a row', () => {
  const lanes = lanesFor(32);
  ended(lanes, ...Array.from({ length: 13 }, (): Sign => 'success'));
  expect(ended(lanes, 'failure')).toBe(false);
  expect(room(lanes)).toBe(8);
  expect(ended(lanes, 'failure', 'success', 'failure', 'failure')).toBe(false);
  expect(ended(lanes, 'failure')).toBe(true);
  expect(room(lanes)).toBe(0);
  expect(ended(lanes, 'failure')).toBe(false);
});

it('Failures of earlier calls count, up to the first success', () => {
  const record = { failures: 0 };
  expect(ended(new ProviderLanes(1, false, record), 'failure')).toBe(false);
  expect(ended(new ProviderLanes(1, false, record), 'failure')).toBe(false);
  expect(ended(new ProviderLanes(1, false, record), 'failure')).toBe(true);
  ended(new ProviderLanes(1, true, record), 'success');
  expect(ended(new ProviderLanes(1, false, record), 'failure')).toBe(false);
});

it('A provider that refuses tokens keeps its lanes; after a hundred in a row it has none in this call, and no pause', () => {
  const lanes = lanesFor(32);
  expect(ended(lanes, ...Array.from({ length: 99 }, (): Sign => 'refusal'))).toBe(false);
  expect(room(lanes)).toBe(3);
  expect(ended(lanes, 'success', 'refusal')).toBe(false);
  expect(room(lanes)).toBe(4);
  expect(ended(lanes, ...Array.from({ length: 99 }, (): Sign => 'refusal'))).toBe(false);
  expect(room(lanes)).toBe(0);
});

it('A provider that was left out before gets one request, and is left out again if that fails', () => {
  const lanes = lanesFor(32, true, 3);
  expect(room(lanes)).toBe(1);
  expect(ended(lanes, 'failure')).toBe(true);
  const refused = lanesFor(32, true);
  expect(ended(refused, 'refusal')).toBe(false);
  expect(room(refused)).toBe(1);
  const again = lanesFor(32, true, 3);
  ended(again, 'success');
  expect(room(again)).toBe(2);
  expect(ended(again, 'failure')).toBe(false);
});
