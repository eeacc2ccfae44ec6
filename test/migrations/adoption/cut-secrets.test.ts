import { describe, expect, it } from 'vitest';
import { cutSecrets } from '../../../src/migrations/adoption/cut-secrets';

describe('A JSON text', () => {
  it.each([
    ['{"token":1}', '{}'],
    ['{"token":1,"a":2}', '{"a":2}'],
    ['{"a":2,"token":1}', '{"a":2}'],
    ['{"a":2,"token":1,"b":3}', '{"a":2,"b":3}'],
    ['{"token":1,"secret":2,"a":[1, 2],"pwd":3,"jwt":4}', '{"a":[1, 2]}'],
    ['{"a":{"token":{"token":[{"token":1}]},"b":2},"c":3}', '{"a":{"b":2},"c":3}'],
    ['[{"token":"},{"},{"a":"\\"token\\":1,"}]', '[{},{"a":"\\"token\\":1,"}]'],
    ['{"client\\u005fsecret":1, "n":1e400}', '{ "n":1e400}'],
    ['{"raw":"{\\"token\\":1,\\"b\\":2}"}', '{"raw":"{\\"b\\":2}"}'],
    ['"{\\"auth\\":1}"', '"{}"'],
    ['{"auth":1,"a":[{"auth":1}]}', '{"a":[{"auth":1}]}'],
  ])('loses its secrets and nothing else: %s', (text, rest) => {
    expect(cutSecrets(text)?.text).toBe(rest);
  });

  it('names what was cut out, once for each member', () => {
    expect(cutSecrets('[{"token":{"pwd":1}},{"token":2,"apiKey":3}]')?.names).toEqual([
      'token',
      'token',
      'apiKey',
    ]);
  });

  it.each(['{"a":1.0,  "b" : [ ]}', '[]', '7', 'null', '"{"'])('stays as it is without any: %s', (text) => {
    expect(cutSecrets(text)).toEqual({ text, names: [] });
  });

  it.each(['', "{'token': 1}", '{"token":1', '{"token":NaN}'])('is not %j', (text) => {
    expect(cutSecrets(text)).toBeUndefined();
  });
});
