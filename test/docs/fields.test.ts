/** docs/document.md names each field of an entry and of its `oauth_config` once, in bold. */
import { describe, expect, it } from 'vitest';
import { entryFields, oauthFields } from '../../src/config/document-fields';
import { section } from './documents';

describe('docs/document.md', () => {
  it.each([
    ['an entry', entryFields],
    ['oauth_config', oauthFields],
  ])('explains each field of %s, and no other', (what, fields) => {
    const text = section('docs/document.md', `Fields of ${what}`);
    const named = [...text.matchAll(/\*\*`(\w+)`\*\*/g)].map(([, name = '']) => name);
    expect(named.toSorted()).toEqual(Object.keys(fields).toSorted());
  });
});
