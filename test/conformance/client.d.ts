/** As much of the official SDK's client as is in use; it is installed for the conformance suite only. */
declare module '@modelcontextprotocol/client' {
  export type FetchLike = (url: string | URL, init?: RequestInit) => Promise<Response>;

  export class StreamableHTTPClientTransport {
    constructor(url: URL, options: { fetch: FetchLike });
    close(): Promise<void>;
  }

  export class Client {
    constructor(
      info: { name: string; version: string },
      options: { versionNegotiation?: { mode: 'auto' | 'legacy' } },
    );
    connect(transport: StreamableHTTPClientTransport): Promise<void>;
    listTools(): Promise<{ tools: { name: string }[] }>;
    callTool(call: { name: string; arguments: object }): Promise<unknown>;
    close(): Promise<void>;
  }
}
