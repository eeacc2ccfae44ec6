/** Why a text in a column cannot be decrypted, and what to do about it. No message shows a text: it may be a token in clear. */
import { ConnectionsError, quote } from '../errors';
import type { CipherPlace } from './cipher';

/** @param why the end of a sentence about the text */
export function ciphertextInvalid(place: CipherPlace, why: string): ConnectionsError {
  return new ConnectionsError(
    'ciphertext_invalid',
    `A text in ${where(place)} cannot be decrypted: ${why}. ${remedyFor(place)}.`,
  );
}

/** @param hasContext whether the text belongs to any */
export function otherContext(place: CipherPlace, hasContext: boolean): ConnectionsError {
  const [found, missing] = hasContext
    ? ['in another context', 'that context']
    : ['without a context', 'null'];
  return new ConnectionsError(
    'ciphertext_invalid',
    `A text in ${where(place)} was encrypted ${found}. Nothing was changed. If the row belongs here, correct \`context\` of the ` +
      `key ring, or add ${missing} to \`previousContexts\` and call \`reencrypt\`; if it came from another database, delete it.`,
  );
}

export function unknownKey(place: CipherPlace, id: string): ConnectionsError {
  return new ConnectionsError(
    'key_unknown',
    `A text in ${where(place)} was encrypted with the key ${quote(id)}, which this process does not have. ` +
      'Nothing was changed. Add that key to `keys`.' +
      (isClient(place) ? ` If it is lost, delete the row: ${ANOTHER_CLIENT}.` : ''),
  );
}

const ANOTHER_CLIENT =
  'the next user who connects gets another client, and users of this one have to connect again';

/** A registered client is no user's: connecting again asks for the same row. */
function isClient({ table }: CipherPlace): boolean {
  return table === 'connection_client_registrations';
}

function where(place: CipherPlace): string {
  const { table, column, row } = place;
  if (!isClient(place)) return `${table}.${column}`;
  const [connectionName, issuer, redirectUri] = row.map((part) => quote(part, 200));
  return `${table}.${column} (connection ${connectionName}, issuer ${issuer}, redirect URI ${redirectUri})`;
}

/** The row of a flow is used up by its callback. */
function remedyFor(place: CipherPlace): string {
  if (place.table === 'connection_oauth_states') return 'Let the user begin again';
  const other = isClient(place) ? `delete it: ${ANOTHER_CLIENT}` : 'let the user connect again';
  return `Nothing was changed. Restore the row from a backup, or ${other}`;
}
