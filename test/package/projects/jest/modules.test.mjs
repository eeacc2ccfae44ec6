/** A test that is an ES module itself, and finds what `require` gives to be the same. */
import { createRequire } from 'node:module';
import * as mcp from 'mcp-connections';
import * as testing from 'mcp-connections/testing';
import * as typeorm from 'typeorm';
import { asItShouldBe, exercise } from './exercise.cjs';

const require = createRequire(import.meta.url);

test('the package works as ES modules', async () => {
  const required = {
    mcp: require('mcp-connections'),
    testing: require('mcp-connections/testing'),
    typeorm: require('typeorm'),
  };
  expect(await exercise({ mcp, testing, typeorm }, [required])).toEqual(asItShouldBe(1));
});
