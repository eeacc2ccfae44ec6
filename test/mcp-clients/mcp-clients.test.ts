/** Every MCP client in every scenario, with a `fetch` of `fetchFor`. */
import { describe, it, onTestFinished } from 'vitest';
import { McpHost } from '../setup/mcp-host';
import { libraries } from './clients';
import { scenarios } from './scenarios';

const thisNode = process.versions.node;
const tooNew = libraries.filter(
  ({ node = '0' }) => thisNode.localeCompare(node, 'en', { numeric: true }) < 0,
);

describe.each(
  libraries.filter((library) => !tooNew.includes(library)).map((library) => [library.name, library] as const),
)('%s', (_name, library) => {
  it.each(Object.entries(scenarios))('%s', async (_title, scenario) => {
    await scenario(library, await McpHost.open(onTestFinished));
  });
});

it.for(tooNew.map(({ name, node }) => [name, node]))(
  `%s is left out: it needs Node.js %s, and this is ${thisNode}`,
  (_, { skip }) => skip(),
);
