/** A program for a bundler; what `require` gives inside the bundle is compared with what `import` gives. */
import * as mcp from 'mcp-connections';
import * as testing from 'mcp-connections/testing';
import * as typeorm from 'typeorm';
import { exercise } from './exercise.cjs';

const required = {
  mcp: require('mcp-connections'),
  testing: require('mcp-connections/testing'),
  typeorm: require('typeorm'),
};
const [database] = process.argv.slice(2);
void exercise({ mcp, testing, typeorm }, [required], { database }).then((outcome) =>
  console.log(JSON.stringify(outcome)),
);
