/** A document for a test that is about no provider in particular: connections of which only the names matter. */
import type { ConnectionsDocument } from '../config/document';

export function namedConnections<Name extends string>(names: readonly Name[]): ConnectionsDocument<Name> {
  const hosts = hostsOf(names);
  const entries = names.map((name, index) => {
    const host = hosts[index] ?? '';
    const entry = {
      url: `https://api.${host}.test/`,
      oauth_config: {
        client_id: `client-at-${host}`,
        client_secret_env: 'CLIENT_SECRET',
        authorize_url: `https://${host}.test/authorize`,
        token_url: `https://${host}.test/token`,
        revoke_url: `https://${host}.test/revoke`,
      },
    };
    return [name, entry] as const;
  });
  return { mcpServers: Object.fromEntries(entries) } as ConnectionsDocument<Name>;
}

/** For each name a part of a host name, no two of them alike. */
function hostsOf(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain =
      name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-|-$/g, '') || 'connection';
    let host = plain;
    for (let count = 2; taken.has(host); count += 1) host = `${plain}-${count}`;
    taken.add(host);
    return host;
  });
}
