import { expect, it } from 'vitest';
import { ProviderLanes } from '../../src/connections/provider-lanes';
import type { Sign } from '../../src/connections/provider-sign';

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

it('A provider begins with three lanes, and has one more after each success', () => {
  const lanes = new ProviderLanes(6, false);
  expect(room(lanes)).toBe(3);
  ended(lanes, 'success', 'success');
  expect(room(lanes)).toBe(5);
  ended(lanes, 'success', 'success', 'success');
  expect(room(lanes)).toBe(6);
});

it('A provider has half as many after a failure, and is left out after three in a row', () => {
  const lanes = new ProviderLanes(32, false);
  ended(lanes, ...Array.from({ length: 13 }, (): Sign => 'success'));
  expect(ended(lanes, 'failure')).toBe(false);
  expect(room(lanes)).toBe(8);
  expect(ended(lanes, 'failure', 'success', 'failure', 'failure')).toBe(false);
  expect(ended(lanes, 'failure')).toBe(true);
  expect(room(lanes)).toBe(0);
  expect(ended(lanes, 'failure')).toBe(false);
});

it('A provider that refuses tokens keeps its lanes, and is left out only when it refuses many in a row', () => {
  const lanes = new ProviderLanes(32, false);
  expect(ended(lanes, ...Array.from({ length: 11 }, (): Sign => 'refusal'))).toBe(false);
  expect(room(lanes)).toBe(3);
  expect(ended(lanes, 'refusal')).toBe(true);
});

it('A provider that has failed before gets one request, and is left out if that fails', () => {
  const lanes = new ProviderLanes(32, true);
  expect(room(lanes)).toBe(1);
  expect(ended(lanes, 'refusal')).toBe(true);
  const again = new ProviderLanes(32, true);
  ended(again, 'success');
  expect(room(again)).toBe(2);
  expect(ended(again, 'failure')).toBe(false);
});
