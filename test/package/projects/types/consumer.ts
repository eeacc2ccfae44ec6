/** A host that uses all of the public API, for the compiler only. Copied as .mts, .cts and .ts. */
import type {
  AccessToken,
  AccessTokenOptions,
  AccountRef,
  Authorization,
  AuthorizeOptions,
  CipherPlace,
  CompleteOptions,
  CompletedAuthorization,
  ConnectedAccount,
  ConnectionDeclaration,
  ConnectionDefinition,
  ConnectionMigrationOptions,
  ConnectionRegistry,
  ConnectionSource,
  ConnectionStatus,
  ConnectionsConfig,
  ConnectionsDocument,
  ConnectionsErrorCode,
  ConnectionsEvents,
  ConnectionsOptions,
  CreateAllContext,
  Disconnection,
  ImportedTokens,
  KeyRingOptions,
  Logger,
  MetadataStoreEvents,
  MetadataStoreOptions,
  OAuthDeclaration,
  ReauthorizationReason,
  ReencryptOptions,
  ReencryptReport,
  RefreshExpiringOptions,
  RefreshExpiringReport,
  SecretReference,
  SecretResolver,
  SyncOptions,
  SyncOutcome,
  SyncReport,
  TokenCipher,
  UserConnection,
} from 'mcp-connections';
import {
  ConnectionClientRegistration,
  ConnectionConfig,
  ConnectionOAuthState,
  Connections,
  ConnectionsError,
  MetadataStore,
  UserConnectionToken,
  connectionEntities,
  connectionMigrations,
  connectionRegistry,
  defineConnections,
  findConnectionsError,
  isConnectionsError,
  keyRing,
  loadConnections,
  parseKeyRing,
  revertConnectionMigration,
  runConnectionMigrations,
  syncConnectionConfigs,
  tableRegistry,
} from 'mcp-connections';
import type { LegacyFormat } from 'mcp-connections/legacy';
import { bareGcmFormat, fernetFormat } from 'mcp-connections/legacy';
import type {
  AuthType,
  ConfigProblem,
  ConfigProblemCode,
  ConnectionChange,
  ConnectionConfigPort,
  ConnectionInsert,
  ConnectionOverwrite,
  DeclaredRow,
  Environment,
  FieldChange,
  JsonObject,
  JsonValue,
  LoadOptions,
  OAuthDefinition,
  OAuthOptions,
  ParseOptions,
  PlannedUpdate,
  RegisteredName,
  SkippedEntry,
  StoredOAuthOptions,
  StoredRow,
  SyncConflict,
  SyncPlan,
  SyncPlanOptions,
  SyncWrites,
  Transport,
  WithheldChange,
} from 'mcp-connections/sync';
import {
  InlineSecret,
  ParsedConnections,
  parseConnections,
  planConnectionSync,
  reportLines,
} from 'mcp-connections/sync';
import type {
  ApiCaller,
  ApiHandler,
  ConnectOptions,
  ProviderRequest,
  Recover,
  RegisterTest,
  TestConnectionsOptions,
  TestKit,
  TestProvider,
} from 'mcp-connections/testing';
import {
  InMemoryConnectionConfigs,
  createTestDataSource,
  testConnectionConfigPort,
  testConnections,
  testTokenCipher,
} from 'mcp-connections/testing';
import type { MigrationInterface, QueryRunner, Repository } from 'typeorm';
import { DataSource, Entity, PrimaryColumn } from 'typeorm';

/** An `any` in our types would pass for anything; this lets through only what is exactly the same. */
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;
const same = <One, Other>(_answer: Same<One, Other>): void => {};

@Entity({ name: 'invoices' })
class Invoice {
  @PrimaryColumn({ name: 'id', type: 'integer' })
  id!: number;
}

class CreateInvoices1790000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE invoices (id integer PRIMARY KEY)');
  }

  async down(): Promise<void> {}
}

class BillingStore extends MetadataStore {
  protected override async createAll(context: CreateAllContext): Promise<void> {
    await super.createAll(context);
    same<typeof context.dataSource, DataSource>(true);
    const ran = await context.runMigrations('billing', [CreateInvoices1790000000000]);
    same<typeof ran, readonly string[]>(true);
  }
}

const logger: Logger = { warn: (message: string) => message.length, error: () => undefined };
const options: MetadataStoreOptions = {
  dataSource: { type: 'better-sqlite3', database: ':memory:', entities: [Invoice] },
  config: { file: 'connections.json' },
  environment: process.env,
  migrations: 'check',
  lockTimeoutMs: 1000,
  legacyTimeZone: 'Europe/Lisbon',
  onSyncError: 'throw',
  sync: { source: 'billing', onRemoved: 'keep', onChanged: 'keep', allowEmpty: true, authTypes: ['oauth2'] },
  logger,
};

export async function start(): Promise<string> {
  const own = new DataSource({
    type: 'postgres',
    entities: [Invoice, ...connectionEntities],
    migrations: [...connectionMigrations],
  });
  const store: MetadataStore = await new BillingStore({ ...options, dataSource: own }).initialize();
  const stop = store.on('sync', (outcome) => same<typeof outcome, SyncOutcome>(true));
  stop();
  const outcome: MetadataStoreEvents['sync'] | undefined = store.lastSync;
  if (outcome?.ok) same<typeof outcome.report, SyncReport>(true);
  else same<typeof outcome, { readonly ok: false; readonly error: ConnectionsError } | undefined>(true);
  const definition = await store.registry.get('github');
  same<typeof definition, ConnectionDefinition>(true);
  await store.sync({ mcpServers: {} });
  await store.close();
  return definition.oauth?.scopes.join(' ') ?? definition.displayName;
}

export async function byHand(dataSource: DataSource): Promise<SyncReport> {
  const migrating: ConnectionMigrationOptions = { lockTimeoutMs: 10, legacyTimeZone: 'UTC', logger };
  const ran = await runConnectionMigrations(dataSource, migrating);
  if (ran.length > connectionMigrations.length) await revertConnectionMigration(dataSource);
  const configs: Repository<ConnectionConfig> = dataSource.getRepository(ConnectionConfig);
  const source: ConnectionsConfig = { env: 'CONNECTIONS' };
  const environment: Environment = {};
  const loading: LoadOptions = { environment };
  const declared: ParsedConnections = await loadConnections(source, loading);
  const how: SyncOptions = { now: () => new Date(), newId: () => 'id', lockTimeoutMs: 1 };
  const report = await syncConnectionConfigs(declared, configs, how);
  for (const { level, text } of reportLines(report)) {
    same<typeof level, 'debug' | 'info' | 'warn' | 'error'>(true);
    same<typeof text, string>(true);
  }
  const registry: ConnectionRegistry = tableRegistry(configs, {
    document: declared,
    allowSecret: ({ kind }, name) => kind === 'env' && name === 'github',
  });
  await registry.list();
  const names: readonly RegisteredName[] = await registry.names();
  same<(typeof names)[number]['status'], 'usable' | 'disabled' | 'rejected' | 'skipped' | 'removed'>(true);
  return report;
}

const github: ConnectionDeclaration = { url: 'https://github.test', oauth_config: client() };
function client(): OAuthDeclaration {
  return { client_id: 'id', client_secret_env: 'SECRET', scopes: ['read'] };
}

/** Names of a document that the compiler knows. */
export async function named(dataSource: DataSource, options: ConnectionsOptions): Promise<AccessToken> {
  const document = defineConnections({ mcpServers: { github, slack: { url: 'https://slack.test' } } });
  same<typeof document, ConnectionsDocument<'github' | 'slack'>>(true);
  const store = new MetadataStore({ dataSource, config: document });
  const connections = new Connections(store, options);
  same<typeof connections, Connections<'github' | 'slack'>>(true);
  // @ts-expect-error: the user id comes first
  await connections.getAccessToken('github', 'ada');
  // @ts-expect-error: not in the document
  await connections.authorize('ada', 'gitlab');
  const { connectionName } = await connections.complete('/callback', { userId: 'ada' });
  connections.on('connected', (event) => connections.disconnect(event.userId, event.connectionName));
  const { name } = await store.registry.get(String(process.argv[2]));
  await connections.importTokens('ada', name, { accessToken: 'at' });
  const anyName: Connections = connections;
  await anyName.close();
  return connections.getAccessToken('ada', connectionName);
}

export async function connect(store: MetadataStore, incoming: URL): Promise<AccessToken> {
  const along = { context: 'production', previousContexts: [null, 'staging'], legacy: formats };
  const ring: KeyRingOptions = { current: 'k1', keys: { k1: new Uint8Array(32) }, ...along };
  const cipher: TokenCipher = process.env['KEYS'] === undefined ? keyRing(ring) : parseKeyRing('k1:', along);
  same<TokenCipher['ownPrefix'], string | undefined>(true);
  same<ReturnType<NonNullable<TokenCipher['hasKeyOf']>>, boolean>(true);
  const source: ConnectionSource = store;
  const given: ConnectionsOptions = {
    cipher,
    fetch: (url, init) => fetch(url, init),
    resolveSecret: () => 'secret',
    requestTimeoutMs: 1,
    lockTimeoutMs: 1,
    preparedStatements: false,
    publicUrl: 'https://api.example.com',
    callbackPath: '/{name}/callback',
    callbackOrigins: [],
    returnOrigins: ['https://app.example.com'],
    trustedOrigins: { 'https://auth.internal': ['github'] },
    clientName: 'Example',
    clientUri: 'https://example.com',
    clientMetadataUrl: 'https://api.example.com/{name}/client.json',
    logger,
  };
  const connections = new Connections(source, given);
  same<typeof connections, Connections>(true);
  const withKeys: ConnectionsOptions = { keys: process.env['CONNECTION_KEYS'], fetch };
  await new Connections(source, withKeys).close();
  connections.on('refreshed', (event) => same<typeof event, AccountRef>(true));
  const silence = connections.on('refresh_failed', ({ error }) => same<typeof error, ConnectionsError>(true));
  silence();
  const wanted: AuthorizeOptions = {
    account: 'work',
    returnTo: '/',
    scopes: ['read'],
    bindToBrowser: true,
    newClient: false,
    response: new Response(null, { status: 401 }),
  };
  const begun: Authorization = await connections.authorize('ada', 'github', wanted);
  const who: CompleteOptions = { browserBinding: begun.browserBinding ?? undefined };
  const done: CompletedAuthorization = await connections.complete(incoming, who);
  const tokens: ImportedTokens = { accessToken: 'at', refreshToken: null, expiresAt: new Date() };
  const account = { account: done.account };
  await connections.importTokens('ada', 'github', tokens, account);
  const moved = await connections.importAll([{ userId: 'ada', connectionName: 'github', ...tokens }], {
    onProgress: ({ read }) => same<typeof read, number>(true),
  });
  same<(typeof moved.failures)[number]['code'], ConnectionsErrorCode>(true);
  const listed: UserConnection[] = await connections.list('ada');
  same<UserConnection['accounts'], readonly ConnectedAccount[]>(true);
  same<UserConnection['status'], ConnectionStatus>(true);
  const [first] = listed.flatMap(({ accounts }) => accounts);
  if (first?.status === 'reauthorization_required') same<typeof first.reason, ReauthorizationReason>(true);
  if (first?.status === 'provider_unavailable') same<typeof first.retryAt, Date | null>(true);
  const soon: RefreshExpiringOptions = { withinMs: 1000, limit: listed.length, concurrency: 8 };
  const renewed: RefreshExpiringReport = await connections.refreshExpiring(soon);
  const stop: ReencryptOptions = { signal: AbortSignal.timeout(renewed.refreshed) };
  const report: ReencryptReport = await connections.reencrypt(stop);
  same<typeof report.legacy, number>(true);
  same<(typeof report.failures)[number]['userId'], string | undefined>(true);
  same<(typeof report.failures)[number]['code'], ConnectionsErrorCode>(true);
  same<ConnectionsEvents['connected'], AccountRef>(true);
  const counts = [await connections.renameUser('a', 'b'), await connections.renameConnection('a', 'b')];
  connections.on('discovery', ({ url, found }) =>
    same<typeof url, typeof found extends string ? string : 0>(true),
  );
  connections.requireScopes('github', new Response());
  const call: typeof globalThis.fetch = connections.fetchFor('ada', 'github', {
    account: 'work',
    origins: ['https://api.example.com'],
    onConnectNeeded: (error) =>
      error.code === 'insufficient_scope' ? error.scopes.join() : error.account.length,
  });
  await call('https://api.example.com/me', { method: 'POST', body: new URLSearchParams() });
  same<ReturnType<Connections['clientMetadata']>, Promise<Record<string, unknown> | undefined>>(true);
  const left: Disconnection = await connections.disconnect('ada', 'github', account);
  const how: AccessTokenOptions = {
    ...account,
    rejectedToken: String(left.removed),
    signal: AbortSignal.timeout(1),
  };
  await connections.forgetUser(String(counts));
  await connections.close();
  return connections.getAccessToken('ada', 'github', how);
}

const place: CipherPlace = { table: 'user_connection_tokens', column: 'access_token_encrypted', row: [] };
const formats: readonly LegacyFormat[] = [fernetFormat(place.column), bareGcmFormat('secret')];

export async function inMemory(): Promise<SyncPlan> {
  const dataSource = await createTestDataSource([Invoice]);
  same<typeof dataSource, DataSource>(true);
  const tokens = await dataSource.getRepository(UserConnectionToken).find();
  same<(typeof tokens)[number]['expiresAt'], Date | null>(true);
  same<(typeof tokens)[number]['providerMetadata'], JsonObject | null>(true);
  const states = await dataSource.getRepository(ConnectionOAuthState).findOneBy({ state: 'state' });
  same<NonNullable<typeof states>['expiresAt'], Date>(true);
  const client = await dataSource.getRepository(ConnectionClientRegistration).find({ take: 1 });
  same<(typeof client)[number]['clientEncrypted'], string>(true);
  const port: ConnectionConfigPort = new InMemoryConnectionConfigs([]);
  const stored: readonly StoredRow[] = await port.read(false);
  const parsing: ParseOptions = { environment: {} };
  const parsed = parseConnections('{}', parsing);
  await connectionRegistry(parsed).list();
  const planOptions: SyncPlanOptions = { source: 'default' };
  return planConnectionSync(parsed, stored, planOptions);
}

export function suites(it: RegisterTest, cipher: TokenCipher): void {
  testTokenCipher(async () => cipher, it);
  testConnectionConfigPort(() => new InMemoryConnectionConfigs());
}

export async function kit(options: TestConnectionsOptions<'github'>): Promise<TestKit<'github'>> {
  const named = await testConnections({ names: ['github', 'linear'] });
  same<typeof named.provider, TestProvider<'github' | 'linear'>>(true);
  const asking: ConnectOptions = { account: 'work', scopes: ['repo'] };
  const completed = await named.provider.connect('ada', 'linear', asking);
  same<(typeof completed)['connectionName'], 'github' | 'linear'>(true);
  // @ts-expect-error not among the names
  named.provider.deny('gitlab');
  const recover: Recover = named.provider.unavailable('github', { retryAfterMs: 1000 });
  recover();
  const answer: ApiHandler<'github' | 'linear'> = (request, caller) => {
    same<typeof caller, ApiCaller<'github' | 'linear'>>(true);
    return new Response(request.url);
  };
  named.provider.api(answer);
  const requests: readonly ProviderRequest<'github' | 'linear'>[] = named.provider.requests;
  await named.connections.importTokens('ada', 'github', await named.provider.issue('github'));
  await new Connections(named.store, named.options).close();
  await named.close();
  return testConnections({ lifetimeMs: requests.length > 0 ? null : 1000, ...options });
}

export function secretOf(oauth: OAuthDefinition, resolver: SecretResolver): SecretReference | SecretResolver {
  return oauth.clientSecret ?? (process.argv.length > 2 ? resolver : new InlineSecret('value'));
}

export function codeOf(error: unknown): ConnectionsErrorCode | undefined {
  if (isConnectionsError(error, 'insufficient_scope')) {
    same<typeof error.scopes, readonly string[]>(true);
    same<typeof error.connectionName, string>(true);
    same<typeof error.code, 'insufficient_scope'>(true);
  }
  if (isConnectionsError(error, 'provider_unavailable')) same<typeof error.retryAt, Date | null>(true);
  const found = findConnectionsError(error);
  if (found) return found.code;
  if (!isConnectionsError(error)) return undefined;
  const code: ConnectionsErrorCode = error.code;
  return code === 'tables_foreign'
    ? code
    : new ConnectionsError('database_busy', 'message', { cause: 1 }).code;
}

same<AuthType, 'oauth2' | 'bond_jwt' | 'static' | 'none'>(true);
same<Transport, 'sse' | 'streamable-http'>(true);
same<MetadataStoreOptions['migrations'], 'run' | 'check' | 'off' | undefined>(true);
same<SyncPlan['conflicts'], readonly SyncConflict[]>(true);
same<Parameters<ConnectionConfigPort['apply']>[0], SyncWrites>(true);
same<SyncWrites['insert'], readonly ConnectionInsert[]>(true);
same<SyncWrites['overwrite'], readonly ConnectionOverwrite[]>(true);
same<SyncPlan['create'], readonly DeclaredRow[]>(true);
same<ConfigProblem['code'], ConfigProblemCode>(true);
same<SyncReport['updated'], readonly ConnectionChange[]>(true);
same<ConnectionChange['changes'], readonly FieldChange[]>(true);
same<SyncPlan['update'], readonly PlannedUpdate[]>(true);
same<SyncPlan['withheld'], readonly WithheldChange[]>(true);
same<SyncReport['skipped'], readonly SkippedEntry[]>(true);
same<JsonObject[string], JsonValue>(true);
same<ConnectionConfig['oauthOptions'], StoredOAuthOptions | null>(true);
same<OAuthDefinition['options'], OAuthOptions>(true);

// @ts-expect-error: a mode that there is not
export const mode: MetadataStoreOptions['migrations'] = 'later';
// @ts-expect-error: a misspelt field of a declaration
export const misspeltField: ConnectionDeclaration = { url: 'https://x.test', oauth_confg: {} };
// @ts-expect-error: nobody gives a code that is not in the union
export const wrong = new ConnectionsError('no_such_code', 'message');
// @ts-expect-error: an option that there is not
export const misspelt: MetadataStoreOptions = { dataSource: options.dataSource, onSyncErrors: 'throw' };
// @ts-expect-error: a repository of another entity
export const another = (repo: Repository<Invoice>) => syncConnectionConfigs({ mcpServers: {} }, repo);
