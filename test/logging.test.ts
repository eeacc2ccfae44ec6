import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from './setup/eventually';
import { createLog } from '../src/logging';
import { recordingLogger } from './setup/recording-logger';

afterEach(() => vi.restoreAllMocks());

describe('createLog', () => {
  it('passes each level on to the logger', () => {
    const logger = recordingLogger();
    const log = createLog(logger);
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log(level, 'm');
    expect(logger.lines).toEqual(['debug: m', 'info: m', 'warn: m', 'error: m']);
  });

  it('calls methods on the logger, which may need its `this`', () => {
    class Own {
      readonly lines: string[] = [];
      warn(message: string) {
        this.lines.push(message);
      }
      error() {}
    }
    const logger = new Own();
    createLog(logger)('warn', 'm');
    expect(logger.lines).toEqual(['m']);
  });

  it('says info by `log` where there is no `info`, as in Nest', () => {
    const said: string[] = [];
    createLog({ log: (message) => said.push(message), warn: () => {}, error: () => {} })('info', 'm');
    expect(said).toEqual(['m']);
  });

  it('without a logger makes process warnings of warnings and errors, and of nothing else', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const log = createLog();
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log(level, level);
    expect(emit.mock.calls).toEqual([
      ['warn', { type: 'McpConnectionsWarning' }],
      ['error', { type: 'McpConnectionsWarning' }],
    ]);
  });

  it('survives a logger that rejects', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const failing = Promise.reject(new Error('disk full'));
    createLog({ warn: () => failing, error: () => failing })('warn', 'm');
    await failing.catch(() => undefined);
    expect(emit).toHaveBeenCalledOnce();
  });

  it('survives a logger that rejects with a promise of another realm', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const failing = () => runInNewContext(`Promise.reject(new Error('disk full'))`) as Promise<void>;
    createLog({ warn: failing, error: () => undefined })('warn', 'm');
    await eventually(() => expect(emit).toHaveBeenCalledOnce());
  });

  it('does not run a query that a logger returns', () => {
    // oxlint-disable-next-line unicorn/no-thenable
    const query = { then: vi.fn<() => void>() };
    createLog({ warn: () => query, error: () => undefined })('warn', 'm');
    expect(query.then).not.toHaveBeenCalled();
  });

  it('survives a logger that throws', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const broken = () => {
      throw new Error('disk full');
    };
    createLog({ warn: broken, error: broken })('warn', 'm');
    expect(emit).toHaveBeenCalledOnce();
  });
});
