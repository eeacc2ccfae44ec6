/** Why no client was registered, and what an operator can do about it. */
import { ConnectionsError, quote } from '../errors';
import type { ClientUse } from './client-metadata';
import type { RegistrationRefusal } from './registration-answer';
import { isAboutUse } from './registration-answer';

/**
 * @param what the server refused, or what is wrong with the client that it registered
 * @param asked what the client was to be registered for, one for each request
 */
export function notRegistered(
  url: string,
  what: RegistrationRefusal | string,
  asked: readonly ClientUse[],
  redirectUri: string,
): ConnectionsError {
  const [happened, remedy] = typeof what === 'string' ? [what, ''] : reasonOf(what, asked, redirectUri);
  return clientUnregistered(url, happened, `${remedy}${byHand(redirectUri)}`);
}

/** @param listed methods that the server takes, of which we can do none */
export function noMethod(url: string, listed: readonly string[]): ConnectionsError {
  return clientUnregistered(
    url,
    `takes only clients that authenticate with ${quote(listed.join(', '), 200)}, which this package cannot do`,
    'Have its operator allow `client_secret_basic`, `client_secret_post` or `none`; if it takes one of them without saying so, ' +
      'declare that as `token_endpoint_auth_method`.',
  );
}

function clientUnregistered(url: string, happened: string, remedy: string): ConnectionsError {
  const server = quote(new URL(url).origin, 200);
  return new ConnectionsError(
    'client_unregistered',
    `The authorization server ${server} ${happened}. ${remedy}`,
  );
}

/** @returns what happened, and what helps besides a registration by hand */
function reasonOf(
  refusal: RegistrationRefusal,
  asked: readonly ClientUse[],
  redirectUri: string,
): [string, string] {
  const { status, error } = refusal;
  const code = error === null ? '' : `, ${error}`;
  if (status === 401 || status === 403) {
    return [
      `does not register clients without its permission (status ${status}${code}; RFC 7591 section 3)`,
      '',
    ];
  }
  const refused = `(status ${status}${code})`;
  if (isAboutUse(refusal)) {
    const each = asked.map(
      ({ authMethod, grantTypes, scopes }) =>
        `\`token_endpoint_auth_method\` ${authMethod}, \`grant_types\` ${grantTypes.join(' ')} and ` +
        (scopes?.length ? `\`scope\` ${quote(scopes.join(' '), 200)}` : 'no `scope`'),
    );
    return [
      `refused to register a client with ${each.join(', and one with ')} ${refused}`,
      'Declare `token_endpoint_auth_method` or `scopes` as it takes them. Or: ',
    ];
  }
  switch (error) {
    case 'invalid_redirect_uri':
      return [
        `refused to register the redirect URI ${quote(redirectUri, 200)} ${refused}`,
        'Declare a `redirect_uri` that it takes. Or: ',
      ];
    case 'invalid_software_statement':
    case 'unapproved_software_statement':
      return [`registers only clients with a software statement, and this package sends none ${refused}`, ''];
    default:
      return [`refused to register a client ${refused}`, ''];
  }
}

function byHand(redirectUri: string): string {
  return (
    `Register a client there by hand with the redirect URI ${quote(redirectUri, 200)}, then declare its \`client_id\`; if it ` +
    'has a secret, declare `issuer` too.'
  );
}

/** @param server origin or issuer, which was sent no request for a client */
export function noTimeLeft(server: string): ConnectionsError {
  return new ConnectionsError(
    'provider_unavailable',
    `No time was left to register a client at ${quote(server, 200)}: the MCP server or the authorization server took too long to ` +
      'answer other requests. Try again later.',
  );
}

/** @param issuer that has no registration endpoint */
export function registersNone(issuer: string, redirectUri: string): ConnectionsError {
  return new ConnectionsError(
    'client_unregistered',
    `The authorization server ${quote(issuer, 200)} does not register clients. ${byHand(redirectUri)}`,
  );
}
