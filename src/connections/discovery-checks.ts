/** What a discovered server must have before a flow begins with it, and before it is given a secret. */
import type { ConnectionDefinition } from '../config/definition';
import { ConnectionsError, quote } from '../errors';
import type { ServerMetadata } from '../oauth/server-metadata';
import { oauthOf } from './provider';

/** @throws ConnectionsError `discovery_failed` for a server with which no flow can be begun as declared */
export function checkFlow(definition: ConnectionDefinition, server: ServerMetadata): void {
  const { supportsS256, requiresPushedRequests, issuer } = server;
  if (requiresPushedRequests) throw pushedOnly(definition.name, issuer);
  // What is declared is the operator's word, even where it is the default.
  if (!supportsS256 && oauthOf(definition).options.pkce === undefined)
    throw withoutPkce(definition.name, issuer);
}

function pushedOnly(name: string, issuer: string): ConnectionsError {
  return new ConnectionsError(
    'discovery_failed',
    `The authorization server ${quote(issuer, 200)} of connection ${quote(name)} says that it takes only pushed authorization ` +
      'requests (`require_pushed_authorization_requests`, RFC 9126), which this package does not send. Ask its operator to ' +
      'take other requests too, and to say so in its metadata. No declaration changes it.',
    { connectionName: name },
  );
}

function withoutPkce(name: string, issuer: string): ConnectionsError {
  return new ConnectionsError(
    'discovery_failed',
    `The authorization server ${quote(issuer, 200)} of connection ${quote(name)} does not announce PKCE with S256, which ` +
      'protects the authorization code. Servers such as Microsoft Entra and Amazon Cognito take it all the same: declare ' +
      '`"pkce": "S256"` to send it. If the server refuses that, declare `"pkce": "off"` to connect without the protection.',
    { connectionName: name },
  );
}

export function withoutIssuer(name: string, issuer: string): ConnectionsError {
  return new ConnectionsError(
    'discovery_failed',
    `Connection ${quote(name)} declares a client secret without saying which authorization server it is for; discovery ` +
      `found ${quote(issuer, 200)}. If that is the right one, declare it as \`issuer\`: the secret is sent to no other.`,
    { connectionName: name },
  );
}
