/** Mastra. Its package is loaded when it is used, which is never on a Node.js that it is not for. */
import { randomUUID } from 'node:crypto';
import type { ToolExecutionContext } from '@mastra/core/tools';
import type { McpClientLibrary } from '../client';
import { textOf } from '../client';

export const mastra: McpClientLibrary = {
  name: '@mastra/mcp',
  node: '22.13.0',
  ofConnect: 'message',
  ofCall: 'error',
  hearsProgress: true,
  async connect(url, fetch, onProgress) {
    const { MCPClient } = await import('@mastra/mcp');
    const server = { url: new URL(url), fetch, enableProgressTracking: true };
    const client = new MCPClient({ id: randomUUID(), servers: { linear: server } });
    const list = async () => {
      const { tools, errors } = await client.listToolsWithErrors();
      if (errors['linear'] !== undefined) throw new Error(errors['linear']);
      return tools;
    };
    const tools = await list();
    await client.progress.onUpdate('linear', onProgress);
    return {
      listTools: async () => Object.keys(await list()).map((name) => name.replace('linear_', '')),
      callTool: async (name) =>
        textOf(await tools[`linear_${name}`]?.execute?.({}, {} as ToolExecutionContext)),
      close: () => client.disconnect(),
    };
  },
};
