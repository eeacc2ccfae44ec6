import { describe, expect, it } from 'vitest';
import { Events } from '../src/events';

const noLog = () => {};
const names = { done: true } as const;

describe('Events', () => {
  it('tells every listener until it stops listening', () => {
    const events = new Events<{ done: number }>(noLog, names);
    const seen: string[] = [];
    const stop = events.on('done', (value) => seen.push(`one ${value}`));
    events.on('done', (value) => seen.push(`two ${value}`));
    events.emit('done', 1);
    stop();
    events.emit('done', 2);
    expect(seen).toEqual(['one 1', 'two 1', 'two 2']);
  });

  it('keeps what an asynchronous listener rejects with', async () => {
    const lines: string[] = [];
    const events = new Events<{ done: number }>(
      (level, message) => lines.push(`${level}: ${message}`),
      names,
    );
    const failing = Promise.reject(new Error('later'));
    events.on('done', () => failing);
    events.emit('done', 1);
    await failing.catch(() => undefined);
    expect(lines).toEqual(['error: A listener of "done" failed: later']);
  });

  it('lets a listener that throws stop nobody', () => {
    const lines: string[] = [];
    const events = new Events<{ done: number }>(
      (level, message) => lines.push(`${level}: ${message}`),
      names,
    );
    const seen: number[] = [];
    events.on('done', () => {
      throw new Error('oops');
    });
    events.on('done', (value) => seen.push(value));
    events.emit('done', 1);
    expect([seen, lines]).toEqual([[1], ['error: A listener of "done" failed: oops']]);
  });

  it('refuses an event that there is not, and what is no function', () => {
    const events = new Events<{ done: number }>(noLog, names);
    const refusal = (message: string) =>
      expect.objectContaining({ code: 'option_invalid', message: expect.stringContaining(message) });
    expect(() => events.on('doen' as never, () => 1)).toThrow(refusal('There is no event "doen"'));
    expect(() => events.on('toString' as never, () => 1)).toThrow(refusal('The events are done'));
    expect(() => events.on('done', undefined as never)).toThrow(refusal('must be a function'));
  });
});
