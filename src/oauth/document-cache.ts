/**
 * Keeps metadata documents in memory: as JSON of the fields that are read, bounded in bytes for each connection and over all
 * of them. A connection has a cache of its own, so that no server can put a document into that of another.
 */

/** The fields that are read of any document (RFC 9728 section 2, RFC 8414 section 2, RFC 9207 section 3, RFC 9126 section 5). */
export const DOCUMENT_FIELDS = [
  'resource',
  'authorization_servers',
  'scopes_supported',
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'revocation_endpoint',
  'registration_endpoint',
  'code_challenge_methods_supported',
  'client_id_metadata_document_supported',
  'authorization_response_iss_parameter_supported',
  'token_endpoint_auth_methods_supported',
  'grant_types_supported',
  'protected_resources',
  'require_pushed_authorization_requests',
] as const;

/** In bytes: of one document, and of all that a connection has. */
const MAX_CONNECTION_BYTES = 65_536;
const MAX_CONNECTION_DOCUMENTS = 20;
/** In bytes, over all connections. */
const MAX_BYTES = 8_388_608;
/** In bytes, for an entry besides its texts. */
const ENTRY_BYTES = 200;

export interface KeptDocument {
  /** JSON of the fields that are read; null for an answer without a document. */
  readonly text: string | null;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** When it was asked for, by `performance.now()`. */
  readonly askedAt: number;
}

interface Entry extends KeptDocument {
  readonly bytes: number;
}

/** @returns the fields of a document that are read, as JSON; null when they are larger than may be kept, or nested too deeply */
export function documentText(document: Readonly<Record<string, unknown>>): string | null {
  const fields = DOCUMENT_FIELDS.filter((name) => Object.hasOwn(document, name));
  try {
    // A new text: one cut out of the body would keep the whole body in memory.
    const text = JSON.stringify(Object.fromEntries(fields.map((name) => [name, document[name]])));
    return Buffer.byteLength(text) > MAX_CONNECTION_BYTES ? null : text;
  } catch {
    return null;
  }
}

export class DocumentCache {
  /** By connection, then by address; both with the one that was put in longest ago first. */
  private readonly connections = new Map<string, Map<string, Entry>>();
  private total = 0;

  /** Bytes that are kept, texts and addresses together. */
  get bytes(): number {
    return this.total;
  }

  get(connectionName: string, address: string): KeptDocument | undefined {
    return this.connections.get(connectionName)?.get(address);
  }

  put(connectionName: string, address: string, { text, status, until, askedAt }: KeptDocument): void {
    const own = this.connections.get(connectionName) ?? new Map<string, Entry>();
    this.connections.delete(connectionName);
    this.connections.set(connectionName, own);
    this.remove(own, address);
    const bytes = ENTRY_BYTES + Buffer.byteLength(address) + Buffer.byteLength(text ?? '');
    own.set(address, { text, status, until, askedAt, bytes });
    this.total += bytes;
    this.makeRoomIn(own);
    this.makeRoom();
  }

  /** The document that was put in last stays, even where it alone is over the bound. */
  private makeRoomIn(own: Map<string, Entry>): void {
    let bytes = [...own.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [address, entry] of own) {
      const isOver = own.size > MAX_CONNECTION_DOCUMENTS || bytes > MAX_CONNECTION_BYTES;
      if (!isOver || own.size === 1) return;
      bytes -= entry.bytes;
      this.remove(own, address);
    }
  }

  private makeRoom(): void {
    for (const [connectionName, own] of this.connections) {
      for (const address of own.keys()) {
        if (this.total <= MAX_BYTES) return;
        this.remove(own, address);
      }
      this.connections.delete(connectionName);
    }
  }

  private remove(own: Map<string, Entry>, address: string): void {
    this.total -= own.get(address)?.bytes ?? 0;
    own.delete(address);
  }
}
