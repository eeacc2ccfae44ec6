/** What is synced: a document of N connections as a service would declare them, or the same with some changed. */

export function documentOf(n: number, isChanged: (index: number) => boolean = () => false): string {
  const entry = (index: number) => ({
    url: `https://mcp-${index}.example.test/mcp`,
    type: 'http',
    auth_type: 'oauth2',
    display_name: `Connection ${index}`,
    description: `Issues, pages and boards of team ${index}${isChanged(index) ? ', and their archive' : ''}`,
    icon_url: `https://cdn.example.test/icons/${index}.svg`,
    cloud_id: `cloud-${index}`,
    oauth_config: {
      provider: 'example',
      client_id: `client-${index}`,
      client_secret_env: `SECRET_${index}`,
      authorize_url: `https://auth-${index}.example.test/authorize`,
      token_url: `https://auth-${index}.example.test/token`,
      redirect_uri: 'https://app.example.test/oauth/callback',
      scopes: ['read:work', 'write:work', 'offline_access'],
      authorize_params: { audience: 'api.example.test' },
    },
  });
  return JSON.stringify({
    mcpServers: Object.fromEntries(
      Array.from({ length: n }, (_, index) => [`connection-${String(index).padStart(6, '0')}`, entry(index)]),
    ),
  });
}
