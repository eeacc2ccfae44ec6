/** The code of docs/testing.md is that of files which run: those of `testing/` in this suite, the others with `npm run test:kit`. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codeBlocks, root } from './documents';

const folder = 'test/docs/testing';
const files = [
  ...readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  'test/kit/with-jest/clock.test.cjs',
  'test/kit/with-node/clock.test.mjs',
];

it('shows in docs/testing.md every file that runs, and no other code', () => {
  const shown = codeBlocks('docs/testing.md').filter(({ language }) => language !== 'sh');
  const run = files.map((file) => readFileSync(join(root, file), 'utf8'));
  expect(shown.map(({ code }) => code).toSorted()).toEqual(run.toSorted());
});
