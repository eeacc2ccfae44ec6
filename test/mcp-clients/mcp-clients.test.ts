/** Every MCP client in every scenario, with a `fetch` of `fetchFor`. */
import { describe, it, onTestFinished } from 'vitest';
import { libraries } from './clients';
import { scenarios } from './scenarios';
import { McpHost } from '../setup/mcp-host';

/** Whether this Node.js is that one, or newer. */
function runsOn(wanted: string): boolean {
  const newer = process.versions.node.localeCompare(wanted, 'en', { numeric: true });
  return newer >= 0;
}

for (const library of libraries) {
  describe(library.name, () => {
    if (library.node !== undefined && !runsOn(library.node)) {
      const why = `it needs Node.js ${library.node}, and this is ${process.versions.node}`;
      return it(`is left out: ${why}`, ({ skip }) => skip());
    }
    for (const [title, scenario] of Object.entries(scenarios)) {
      it(title, async () => scenario(library, await McpHost.open(onTestFinished)));
    }
  });
}
