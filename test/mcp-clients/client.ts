/** An MCP client as the scenarios use it, whichever library it is of. */

export interface McpClient {
  /** Their names. */
  listTools(): Promise<string[]>;
  /** The text of the answer. */
  callTool(name: string): Promise<string>;
  close(): Promise<void>;
}

/** What a caller gets of an error of ours: the error, which may be wrapped, or no more than its message. */
export type PassedOn = 'error' | 'message';

export interface McpClientLibrary {
  /** Of its package. */
  readonly name: string;
  /** The oldest release of Node.js that it is for, where that is newer than ours. */
  readonly node?: string;
  readonly ofConnect: PassedOn;
  readonly ofCall: PassedOn;
  readonly hearsProgress: boolean;
  /**
   * @param fetch of `fetchFor`
   * @param onProgress called for each notification of progress of a tool
   */
  readonly connect: (
    url: string,
    fetch: typeof globalThis.fetch,
    onProgress: () => void,
  ) => Promise<McpClient>;
}

/** What the clients of MCP libraries have alike. */
interface LikeSdk {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  close(): Promise<void>;
}

/** @param call the answer of a tool */
export function likeSdk(client: LikeSdk, call: (name: string) => unknown): McpClient {
  return {
    listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
    callTool: async (name) => textOf(await call(name)),
    close: () => client.close(),
  };
}

/** The text of a tool's answer. */
export function textOf(answer: unknown): string {
  const { content } = answer as { readonly content: readonly { readonly text?: string }[] };
  return content.map(({ text = '' }) => text).join('');
}
