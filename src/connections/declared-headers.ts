/**
 * The headers that a declaration adds to requests to an API, with their secrets. They are read for each call, as a client secret
 * is, so that a rotated one needs no restart.
 */
import type { ConnectionDefinition } from '../config/definition';
import { HEADER_VALUE } from '../config/fields/headers';
import type { SecretResolver } from '../config/secrets';
import { describeReference, resolveSecret } from '../config/secrets';
import { ConnectionsError, quote } from '../errors';
import { inTime } from '../oauth/in-time';

/** How the secrets in headers are read. */
export interface HeaderReading {
  readonly resolveSecret: SecretResolver | undefined;
  /** For all of them together. */
  readonly timeoutMs: number;
}

/**
 * Headers by the names declared; for the origins alone that get the access token.
 * @throws ConnectionsError `secret_unresolved`, which names the connection, the header and where its value should be
 */
export async function declaredHeaders(
  { name, oauth }: ConnectionDefinition,
  { resolveSecret: resolver, timeoutMs }: HeaderReading,
): Promise<Readonly<Record<string, string>>> {
  const headers = oauth?.headers ?? {};
  const declared = Object.entries(headers);
  if (declared.every(isText)) return Object.fromEntries(declared);
  const unusable = `Connection ${quote(name)} cannot be used.`;
  const reading = declared.map(async ([header, value]) => {
    if (typeof value === 'string') return [header, value] as const;
    const what = `${unusable} The value of its header ${quote(header)}`;
    const text = await resolveSecret(value, resolver, what);
    // A client would refuse it with an error that has the value in it.
    if (HEADER_VALUE.test(text)) return [header, text] as const;
    throw unresolved(
      `${what} cannot be sent: ${describeReference(value)} holds something else than visible ASCII characters with spaces ` +
        'between them. Correct it there.',
    );
  });
  const read = await inTime(Promise.all(reading), timeoutMs, () => {
    throw unresolved(
      `${unusable} The values of its headers were not read in time. Check \`resolveSecret\` or the file system.`,
    );
  });
  return Object.fromEntries(read);
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}

function unresolved(message: string): ConnectionsError {
  return new ConnectionsError('secret_unresolved', message);
}
