import { afterEach, expect, it, vi } from 'vitest';
import { Gate } from '../../src/tokens/gate';

afterEach(() => void vi.useRealTimers());

/** Many who enter: who is inside, in their order. */
function crowd(gate: Gate, count: number) {
  const inside: { readonly place: number; readonly leave: () => void }[] = [];
  for (let place = 0; place < count; place += 1) {
    void gate.enter().then((leave) => inside.push({ place, leave }));
  }
  return inside;
}

it('A gate lets in as many as it holds, and one more in their order for each that leaves', async () => {
  vi.useFakeTimers();
  const inside = crowd(new Gate(), 60);
  await vi.advanceTimersByTimeAsync(0);
  expect(inside).toHaveLength(48);
  inside[5]?.leave();
  inside[5]?.leave();
  await vi.advanceTimersByTimeAsync(0);
  expect(inside.slice(48).map(({ place }) => place)).toEqual([48]);
});

it('A gate that is opened lets in all who wait', async () => {
  vi.useFakeTimers();
  const gate = new Gate();
  const inside = crowd(gate, 60);
  await vi.advanceTimersByTimeAsync(0);
  gate.open();
  await vi.advanceTimersByTimeAsync(0);
  expect(inside).toHaveLength(60);
  expect(vi.getTimerCount()).toBe(0);
});

it('A gate lets in some more every moment although nobody leaves, and needs no timer once nobody waits', async () => {
  vi.useFakeTimers();
  const inside = crowd(new Gate(), 60);
  await vi.advanceTimersByTimeAsync(20);
  expect(inside).toHaveLength(56);
  await vi.advanceTimersByTimeAsync(20);
  expect(inside.map(({ place }) => place)).toEqual(Array.from({ length: 60 }, (_, place) => place));
  expect(vi.getTimerCount()).toBe(0);
});
