/**
 * Whether a row may use the secrets that it names, that of the client and those in headers. A reference can name any variable
 * or file of the host, the keys of the tokens among them, and the same row says where the secret is sent: so the table alone is
 * not enough.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionsDocument } from '../config/document';
import { parseConnections } from '../config/parse';
import type { ParsedConnections } from '../config/parse';
import type { SecretReference, StoredReference } from '../config/secrets';
import { describeReference } from '../config/secrets';
import { ConnectionsError, quote } from '../errors';

/** Options of `tableRegistry`: which references to secrets in rows are followed. */
export interface TableRegistryOptions {
  /**
   * The document that is synced: a row may use the secret that the document names for the same connection, with the same
   * `token_url`, `refresh_url` and `revoke_url` (and, where `token_url` is discovered, the same `url` and `issuer`); and those in
   * its `headers`, each in the same header, with the same `url` and `api_origins`. Without `${VAR}` expansion unless loaded.
   * Default none.
   */
  readonly document?: ConnectionsDocument | ParsedConnections | string | undefined;
  /**
   * Whether a row may use a secret that the document does not name for it, and send it wherever the row says: true allows it.
   * Default never.
   * @param reference where the secret is
   * @param connectionName of the row
   */
  readonly allowSecret?: ((reference: StoredReference, connectionName: string) => boolean) | undefined;
}

/** @returns a check that throws `connection_rejected` for a row with a secret that must not be used */
export function secretCheck({
  document,
  allowSecret,
}: TableRegistryOptions): (definition: ConnectionDefinition) => void {
  const declared = document === undefined ? undefined : parseConnections(document).connections;
  return (row) => {
    const meant = declared?.get(row.name);
    for (const [index, use] of usesOf(row).entries()) {
      if (meant !== undefined && isDeepStrictEqual(use, usesOf(meant)[index])) continue;
      const refused = use.references.find((reference) => allowSecret?.(reference, row.name) !== true);
      if (refused !== undefined) throw connectionRejected(row.name, refused, declared !== undefined);
    }
  };
}

/** Secrets, and what says where they go. */
interface Use {
  readonly references: readonly StoredReference[];
  readonly sent: readonly unknown[];
}

/** What the secret of the client is for, then what those in headers are for. */
function usesOf({ url, oauth }: ConnectionDefinition): Use[] {
  if (oauth === null) return [];
  const { clientSecret, tokenUrl, options, headers, apiOrigins } = oauth;
  const discovery = tokenUrl === null ? [url, options.issuer] : [];
  const names = Object.keys(headers)
    .filter((name) => isStored(headers[name] ?? null))
    .toSorted();
  return [
    {
      references: [clientSecret].filter(isStored),
      sent: [tokenUrl, options.refresh_url, options.revoke_url, ...discovery],
    },
    {
      references: names.map((name) => headers[name] ?? null).filter(isStored),
      sent: [url, apiOrigins, names],
    },
  ];
}

function isStored(value: SecretReference | string | null): value is StoredReference {
  return value !== null && typeof value !== 'string' && value.kind !== 'inline';
}

function connectionRejected(
  name: string,
  reference: StoredReference,
  hasDocument: boolean,
): ConnectionsError {
  const [why, remedy] = hasDocument
    ? ['which the document does not declare for it with these addresses', 'Sync the document']
    : ['and a table alone is not trusted with secrets', 'Give `tableRegistry` the option `document`'];
  return new ConnectionsError(
    'connection_rejected',
    `The row of connection ${quote(name)} names a secret, ${describeReference(reference)}, ${why}. ${remedy}, or allow ` +
      'it with the option `allowSecret` of `tableRegistry`.',
    { connectionName: name },
  );
}
