/** The package imported by an ES module, and compared with what `require` gives. */
import { createRequire } from 'node:module';
import * as mcp from 'mcp-connections';
import * as testing from 'mcp-connections/testing';
import * as typeorm from 'typeorm';
import { exercise } from './exercise.cjs';

const require = createRequire(import.meta.url);
const required = {
  mcp: require('mcp-connections'),
  testing: require('mcp-connections/testing'),
  typeorm: require('typeorm'),
};
console.log(JSON.stringify(await exercise({ mcp, testing, typeorm }, [required])));
