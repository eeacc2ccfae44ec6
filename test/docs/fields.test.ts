/** docs/document.md names each field of an entry and of its `oauth_config` once, in bold. */
import { describe, expect, it } from 'vitest';
import { entrySchema, oauthSchema } from '../../src/config/schema';
import { section } from './documents';

const context = { environment: {}, stored: true };

describe('docs/document.md', () => {
  it.each([
    ['an entry', entrySchema(context)],
    ['oauth_config', oauthSchema(context)],
  ])('explains each field of %s, and no other', (what, { shape }) => {
    const text = section('docs/document.md', `Fields of ${what}`);
    const named = [...text.matchAll(/\*\*`(\w+)`\*\*/g)].map(([, name = '']) => name);
    expect(named.toSorted()).toEqual(Object.keys(shape).toSorted());
  });
});
