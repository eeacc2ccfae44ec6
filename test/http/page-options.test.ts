import { describe, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { connectionsHandler } from '../../src/http/handler';
import type { PageOptions } from '../../src/http/page/options';
import { checkPageOptions } from '../../src/http/page/options';

describe('the options of the page', () => {
  it('are given back when each can be used', () => {
    const options: PageOptions = {
      title: 'Integrations',
      lang: 'pt-BR',
      texts: { connect: 'Conectar' },
      style: { '--accent': 'light-dark(#1d4ed8, #93c5fd)', '--font': '"Inter", sans-serif' },
      backTo: '/settings',
    };
    expect(checkPageOptions(options)).toBe(options);
  });

  it.each([
    [{ lang: 'english please' }, '`lang`'],
    [{ title: '' }, '`title`'],
    [{ texts: { conect: 'x' } }, 'Did you mean `connect`?'],
    [{ texts: { connect: '' } }, '`connect`'],
    [{ style: { '--acent': 'red' } }, 'Did you mean `--accent`?'],
    [{ style: { '--accent': 'red}</style><script>' } }, '`--accent`'],
    [{ style: { '--accent': 'red; --text: red' } }, '`--accent`'],
    [{ style: { '--accent': 'url(x) /* ' } }, '`--accent`'],
    [{ style: 'red' }, 'must be an object'],
    [{ theme: 'dark' }, 'theme'],
  ])('refuse %j', (options, words) => {
    expect(() => checkPageOptions(options as PageOptions)).toThrow(
      expect.objectContaining({ code: 'option_invalid', message: expect.stringContaining(words) }),
    );
  });

  it('are checked when the handler is made', () => {
    const connections = {
      authorize() {},
      complete() {},
      list() {},
      disconnect() {},
      clientMetadata() {},
      addresses: {},
    };
    const make = (page: object) => () =>
      connectionsHandler(connections as unknown as Connections, { user: () => null, page });
    expect(make({ title: 'Integrations' })).not.toThrow();
    expect(make({ titel: 'Integrations' })).toThrow('Did you mean `title`?');
  });
});
