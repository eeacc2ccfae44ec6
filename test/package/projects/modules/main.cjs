/** The package required by a CommonJS module, and compared with what `import()` gives. */
'use strict';
const { exercise } = require('./exercise.cjs');

const here = {
  mcp: require('mcp-connections'),
  testing: require('mcp-connections/testing'),
  typeorm: require('typeorm'),
};

async function main() {
  const imported = {
    mcp: await import('mcp-connections'),
    testing: await import('mcp-connections/testing'),
    typeorm: await import('typeorm'),
  };
  console.log(JSON.stringify(await exercise(here, [imported])));
}

void main();
