import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines } from '../../src/database/deadlines';
import { NoAnswer } from '../../src/database/failure';

describe('Deadlines', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  const never = new Promise<never>(() => undefined);
  const late: string[] = [];
  const watch = (deadlines: Deadlines, name: string, limitMs: number) =>
    deadlines
      .within(limitMs, never, () => void late.push(name))
      .catch(
        (error: unknown) => void (error instanceof NoAnswer && late.push(`${name} told ${error.limitMs}`)),
      );

  it('end each work at its own time, in whatever order it began', async () => {
    late.length = 0;
    const deadlines = new Deadlines();
    for (const [name, limitMs] of [
      ['long', 300],
      ['short', 100],
      ['middle', 200],
    ] as const) {
      void watch(deadlines, name, limitMs);
    }
    await vi.advanceTimersByTimeAsync(99);
    expect(late).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(late).toEqual(['short', 'short told 100']);
    await vi.advanceTimersByTimeAsync(100);
    expect(late.slice(2)).toEqual(['middle', 'middle told 200']);
    await vi.advanceTimersByTimeAsync(100);
    expect(late.slice(4)).toEqual(['long', 'long told 300']);
  });

  it('watch work that began while the timer was set for other work, which has ended', async () => {
    late.length = 0;
    const deadlines = new Deadlines();
    const isLate = () => late.push('ended');
    await deadlines.within(100, Promise.resolve(), isLate);
    await expect(deadlines.within(100, Promise.reject(new Error('failed')), isLate)).rejects.toThrow(
      'failed',
    );
    await vi.advanceTimersByTimeAsync(50);
    void watch(deadlines, 'later', 100);
    await vi.advanceTimersByTimeAsync(99);
    expect(late).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(late).toEqual(['later', 'later told 100']);
  });

  it('watch the others although the end of one throws', async () => {
    late.length = 0;
    const deadlines = new Deadlines();
    const thrown: unknown[] = [];
    const onThrow = (error: unknown) => void thrown.push(error);
    process.prependOnceListener('uncaughtException', onThrow);
    deadlines.begin(100, () => {
      throw new Error('of the end');
    });
    void watch(deadlines, 'other', 200);
    expect(() => vi.advanceTimersByTime(100)).toThrow('of the end');
    process.removeListener('uncaughtException', onThrow);
    await vi.advanceTimersByTimeAsync(100);
    expect(late).toEqual(['other', 'other told 200']);
  });

  it('watch work that may take longer than a timer can be set for', async () => {
    late.length = 0;
    const deadlines = new Deadlines();
    void watch(deadlines, 'long', 2_147_483_647 + 1000);
    await vi.advanceTimersByTimeAsync(2_147_483_647);
    expect(late).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(late).toHaveLength(2);
  });

  it('watch work that began after a fake clock was taken away, and the timer with it', async () => {
    late.length = 0;
    const deadlines = new Deadlines();
    void watch(deadlines, 'before', 100);
    vi.useRealTimers();
    await watch(deadlines, 'after', 1);
    expect(late.toSorted()).toEqual(['after', 'after told 1', 'before', 'before told 100']);
  });

  it('set one timer for all work with the same limit, and none when there is no work', async () => {
    const deadlines = new Deadlines();
    for (let count = 0; count < 5; count += 1)
      await deadlines.within(100, Promise.resolve(), () => undefined);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(vi.getTimerCount()).toBe(0);
  });
});
