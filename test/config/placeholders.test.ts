import { describe, expect, it } from 'vitest';
import { readEntry } from '../../src/config/entry';
import { ProblemLog } from '../../src/config/problems';
import { entry, entryProblems, oauthProblems } from './documents';

const REMEDY = 'write ${NAME} for the variable NAME, or ${NAME:-default}';
const found = (form: string) =>
  `error invalid_value mcpServers.demo.oauth_config.client_id: found a placeholder of another program, such as ${form}; ${REMEDY}`;
const address = (value: string) => oauthProblems({ redirect_uri: value });
const secret = (value: string) => oauthProblems({ client_id: 'c', issuer: 'i', client_secret: value });

describe('a placeholder of another program', () => {
  it.each([
    ['${env:GITHUB_ID}', '${...}'],
    ['${input:github-id}', '${...}'],
    ['${workspaceFolder:api}', '${...}'],
    ['${file:/run/id}', '${...}'],
    ['${github.id}', '${...}'],
    ['${GITHUB_ID:none}', '${...}'],
    ['${GITHUB_ID-none}', '${...}'],
    ['${GITHUB_ID:?not set}', '${...}'],
    ['${GITHUB_ID:-${OTHER:-none}}', '${...}'],
    ['${}', '${...}'],
    ['${{ secrets.GITHUB_ID }}', '${{ NAME }}'],
    ['$env:GITHUB_ID', '$env:NAME'],
    ['{env:GITHUB_ID}', '{env:NAME}'],
    ['{file:~/.id}', '{env:NAME}'],
    ['{{GITHUB_ID}}', '{{NAME}}'],
    ['{{ github.id }}', '{{NAME}}'],
    ['<YOUR_CLIENT_ID>', '<NAME>'],
    ['$GITHUB_ID', '$NAME'],
    ['$github_id', '$NAME'],
    ['={{ $env.CLIENT_ID }}', '{{NAME}}'],
    ['{{$env.CLIENT_ID}}', '{{NAME}}'],
    ['{{ $secrets.v }}', '{{NAME}}'],
    ['a {{ $vars.id }}', '{{NAME}}'],
    ['{CLIENT_ID}', '{NAME}'],
    ['env:CLIENT_ID', 'env:NAME'],
    ['process.env.CLIENT_ID', 'process.env.NAME'],
    ['YOUR_CLIENT_ID', 'YOUR_NAME'],
    ['YOUR-CLIENT-ID', 'YOUR_NAME'],
    ['<your client id>', '<NAME>'],
    ['%DEALER%', '%NAME%'],
    ['$HOME/id', '$NAME'],
    ['%GITHUB_ID%', '%NAME%'],
    ['app-%GITHUB_ID%', '%NAME%'],
    ['$(cat /run/id)', '$(...)'],
    ['os.environ/GITHUB_ID', 'os.environ/NAME'],
    ['op://vault/github/id', 'op://...'],
    ['${NOT_SET:-<YOUR_CLIENT_ID>}', '<NAME>'],
    ['a ${NOT_SET:-b} ${env:C}', '${...}'],
  ])('such as %s is an error', (value, form) => {
    expect(oauthProblems({ client_id: value })).toEqual([found(form)]);
  });

  it.each([
    'c-1',
    'price: 5$',
    '100%',
    'a%20b%20c',
    'a < b',
    '{"id_token":{"acr":null}}',
    'app${',
    '$${GITHUB_ID}',
    '${GITHUB_ID}',
    '${NOT_SET:-c-1}',
    '$.id',
    'a$b',
    'a$READ',
    'app-$GITHUB_ID',
    'a{b}',
    'environment:x',
    'my YOUR_CLIENT_ID',
    'your-client-id',
  ])('is not found in %s', (value) => {
    expect(oauthProblems({ client_id: value }, { GITHUB_ID: 'c-1' })).toEqual([]);
  });

  it.each([
    ['url', entry({ url: 'https://$HOST/mcp' })],
    ['site_url', entry({ site_url: 'https://<site>/' })],
    ['cloud_id', entry({ cloud_id: '{{CLOUD}}' })],
    ['transport', entry({ transport: '${env:T}' })],
    ['auth_type', entry({ auth_type: '${input:type}' })],
    ['enabled', entry({ enabled: '%ENABLED%' })],
    ['headers.a', entry({ headers: { a: '${input:b}' } })],
    ['oauth_config.client_secret', entry({ oauth_config: { client_secret: '${env:S}' } })],
    ['oauth_config.client_secret_file', entry({ oauth_config: { client_secret_file: '$HOME/secret' } })],
    ['oauth_config.client_secret_arn', entry({ oauth_config: { client_secret_arn: '${env:ARN}' } })],
    ['oauth_config.issuer', entry({ oauth_config: { issuer: 'https://{{TENANT}}.test' } })],
    ['oauth_config.scopes', entry({ oauth_config: { scopes: '$SCOPES' } })],
    ['oauth_config.scopes[1]', entry({ oauth_config: { scopes: ['a', '<scope>'] } })],
    [
      'oauth_config.authorize_params.tenant',
      entry({ oauth_config: { authorize_params: { tenant: '$TENANT' } } }),
    ],
    ['oauth_config.token_path', entry({ oauth_config: { token_path: '{{PATH}}' } })],
    ['oauth_config.refresh_margin', entry({ oauth_config: { refresh_margin: '${env:MARGIN}' } })],
    ['oauth_config.capture[0]', entry({ oauth_config: { capture: ['$TEAM'] } })],
  ])('is found in %s', (field, fields) => {
    const start = `error invalid_value mcpServers.demo.${field}: found a placeholder of another program`;
    expect(entryProblems(fields).filter((problem) => problem.startsWith(start))).toHaveLength(1);
  });

  it('may stand where a text is for people, or for the host', () => {
    const extra_config = { template: 'Hello {{name}}, <b>$NAME</b>', '${env:A}': ['${env:B}'] };
    const fields = entry({ display_name: '<Demo>', description: 'Costs $FIVE', extra_config });
    expect(entryProblems(fields)).toEqual([]);
    expect(entryProblems({ ...fields, auth_type: 'static', headers: { a: '${input:b}' } })).toEqual([]);
  });

  it('is told apart from the name of a variable, which is written bare', () => {
    expect(oauthProblems({ client_secret_env: '$SECRET' })).toEqual([
      'error invalid_value mcpServers.demo.oauth_config.client_secret_env: found a text that is not the name of a variable; it must be the name of an environment variable, as in GITHUB_CLIENT_SECRET',
    ]);
  });

  it('gives way to a variable, as its message says', () => {
    const environment = { GITHUB_ID: 'c-1' };
    expect(oauthProblems({ client_id: '${GITHUB_ID}' }, environment)).toEqual([]);
    expect(oauthProblems({ client_id: '${ID_THAT_IS_NOT_SET:-c-1}' }, environment)).toEqual([]);
  });

  it('is no placeholder in what a variable holds', () => {
    expect(oauthProblems({ client_id: '${GITHUB_ID}' }, { GITHUB_ID: '<YOUR_ID>' })).toEqual([]);
  });
});

describe('a template in an address', () => {
  it.each([
    'https://{tenant}.test/callback',
    'https://a.test/{tenant_id}/callback',
    'https://a.test/connections/{name}/callback',
    'https://a.test/connections/:name/callback',
    'https://a.test/%TENANT%/callback',
    'https://$TENANT.test/callback',
    'https://a.test/%DEALER%/callback',
    'https://%ADMIN%/callback',
    'https://a.test/<tenant>/callback',
  ])('is an error: %s', (value) => {
    expect(address(value)).toEqual([expect.stringContaining('found a placeholder of another program')]);
  });

  it.each([
    'https://a.test/odata/$metadata?$filter=x',
    'https://a.test/odata/$BATCH?$filter=$TOP',
    'https://a.test/%CC%81/%DATA%CC%81',
    'https://a.test/?claims={%22a%22:1}',
    'https://a.test/%7Btenant%7D',
    'https://a.test/?q=a%3Cb%3E',
  ])('is not found in %s', (value) => {
    expect(address(value)).toEqual([]);
  });
});

it('for the name in a redirect URI is left out, as its message says', () => {
  expect(address('https://a.test/connections/{name}/callback')).toEqual([
    'error invalid_value mcpServers.demo.oauth_config.redirect_uri: found a placeholder of another program, such as {name}; leave redirect_uri out: its default has the name of the connection there',
  ]);
  expect(oauthProblems({})).toEqual([]);
  expect(address('https://${name}.test/callback')).toEqual([
    expect.stringContaining('no value for the variable "name"'),
  ]);
});

it('an issuer may hold {tenantid}, as that of Microsoft Entra does', () => {
  expect(oauthProblems({ issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' })).toEqual([]);
});

describe('a client secret', () => {
  it.each([
    '${env:S}',
    'x-${env:S}',
    '$SECRET',
    '%SECRET%',
    '{{SECRET}}',
    '={{ $env.SECRET }}',
    '<your-secret>',
    '$(pass show x)',
    'op://a/b',
  ])('that is a placeholder is an error, and not shown: %s', (value) => {
    const problems = secret(value);
    expect(problems).toEqual([expect.stringContaining('found a placeholder of another program')]);
    expect(problems.join()).not.toMatch(/your-secret|show x|a\/b|SECRET/);
  });

  it('that only looks like one can be in a variable, as the message says', () => {
    expect(secret('<secret>')).toEqual([
      `error invalid_value mcpServers.demo.oauth_config.client_secret: found a placeholder of another program, such as <NAME>; ${REMEDY}; or, if that is the secret itself, use client_secret_env`,
    ]);
    expect(oauthProblems({ client_id: 'c', issuer: 'i', client_secret_env: 'SECRET' })).toEqual([]);
  });

  it.each(['x$ABC9', 'a<b>c', 'p%AZ_q%r', 'k{{z}}', '$2b$10$abc', 'a$(b)c', 'a{x}'])(
    'may hold by chance what is a placeholder elsewhere: %s',
    (value) => {
      expect(secret(value)).toEqual([]);
    },
  );
});

it('hostile texts full of beginnings of placeholders are read', () => {
  const beginnings = ['${', '{{', '={{', '${{', '<', '%A ', '$(', '{env:', '${env:', '{a'];
  const texts = beginnings.map((beginning) => beginning.repeat(16_000 / beginning.length));
  expect(texts.flatMap((text) => oauthProblems({ client_id: text }))).toEqual([]);
});

it('a row of the table is read as it stands, with what looks like a placeholder and without half of the endpoints', () => {
  const log = new ProblemLog('demo');
  const redirect_uri = 'https://a.test/connections/{name}/callback';
  const oauth_config = { client_id: '<id>', token_url: 'https://a.test/{tenant}', redirect_uri };
  const outcome = readEntry(
    'demo',
    entry({ oauth_config }),
    { environment: null, typesInTable: new Set() },
    log,
  );
  expect(log.problems).toEqual([]);
  expect(outcome).toMatchObject({
    connection: { oauth: { clientId: '<id>', authorizeUrl: null, redirectUri: redirect_uri } },
  });
});
