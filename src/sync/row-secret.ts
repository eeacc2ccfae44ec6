/**
 * Whether a row may use the client secret that it names. A reference can name any variable or file of the host, the keys of
 * the tokens among them, and the same row says where the secret is sent: so the table alone is not enough.
 */
import type { ConnectionDefinition, OAuthDefinition } from '../config/definition';
import type { ConnectionsDocument } from '../config/document';
import { parseConnections } from '../config/parse';
import type { ParsedConnections } from '../config/parsed-connections';
import type { InlineSecret, SecretReference } from '../config/secrets';
import { describeReference } from '../config/secrets';
import { ConnectionsError, quote } from '../errors';

type StoredReference = Exclude<SecretReference, InlineSecret>;

/** Options of `tableRegistry`: which references to client secrets in rows are followed. */
export interface TableRegistryOptions {
  /**
   * The document that is synced: a row may use the secret that the document names for the same connection, with the same
   * `token_url`, `refresh_url` and `revoke_url` (and, where `token_url` is discovered, the same `url` and `issuer`). Without
   * `${VAR}` expansion unless loaded. Default none.
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

/** @returns a check that throws `connection_rejected` for a row whose secret must not be used */
export function secretCheck({
  document,
  allowSecret,
}: TableRegistryOptions): (definition: ConnectionDefinition) => void {
  const declared = document === undefined ? undefined : parseConnections(document).connections;
  return (row) => {
    const reference = row.oauth?.clientSecret ?? null;
    if (row.oauth === null || reference === null || reference.kind === 'inline') return;
    const isDeclared = sendsSame(row, declared?.get(row.name));
    if (isDeclared || allowSecret?.(reference, row.name) === true) return;
    throw rejected(row.name, reference, declared !== undefined);
  };
}

function sendsSame(row: ConnectionDefinition, declared: ConnectionDefinition | undefined): boolean {
  if (!row.oauth || !declared?.oauth) return false;
  return JSON.stringify(sending(row, row.oauth)) === JSON.stringify(sending(declared, declared.oauth));
}

/** A secret, and what says where it goes. */
function sending({ url }: ConnectionDefinition, { clientSecret, tokenUrl, options }: OAuthDefinition) {
  const discovery = tokenUrl === null ? [url, options.issuer] : [];
  return [clientSecret, tokenUrl, options.refresh_url, options.revoke_url, ...discovery];
}

function rejected(name: string, reference: StoredReference, hasDocument: boolean): ConnectionsError {
  const [why, remedy] = hasDocument
    ? ['which the document does not declare for it with these addresses', 'Sync the document']
    : ['and a table alone is not trusted with secrets', 'Give `tableRegistry` the option `document`'];
  return new ConnectionsError(
    'connection_rejected',
    `The row of connection ${quote(name)} names a client secret, ${describeReference(reference)}, ${why}. ${remedy}, or allow ` +
      'it with the option `allowSecret` of `tableRegistry`.',
    { connectionName: name },
  );
}
