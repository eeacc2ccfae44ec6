/** A host that uses all of the public API, for the compiler only. Copied as .mts, .cts and .ts. */
import type {
  AccessToken,
  AccessTokenOptions,
  AccountOptions,
  AuthType,
  Authorization,
  AuthorizeOptions,
  CipherPlace,
  CompleteOptions,
  CompletedAuthorization,
  ConfigProblem,
  ConfigProblemCode,
  ConfigSource,
  ConnectedAccount,
  ConnectionChange,
  ConnectionConfigPort,
  ConnectionDefinition,
  ConnectionRegistry,
  ConnectionSource,
  ConnectionStatus,
  ConnectionsErrorCode,
  ConnectionsEvents,
  ConnectionsOptions,
  CreateAllContext,
  DeclaredRow,
  Disconnection,
  DiscoveryStep,
  Fetch,
  FieldChange,
  ConnectionInsert,
  ImportedTokens,
  JsonObject,
  JsonValue,
  KeyRingOptions,
  LegacyFormat,
  LogLevel,
  Logger,
  MetadataStoreEvents,
  MetadataStoreOptions,
  MigrationClass,
  MigrationsMode,
  OAuthDefinition,
  OAuthOptions,
  ConnectionOverwrite,
  PlannedUpdate,
  ReencryptFailure,
  ReencryptOptions,
  ReencryptReport,
  RefreshExpiringOptions,
  RefreshExpiringReport,
  SecretReference,
  SecretResolver,
  SkippedEntry,
  StoredOAuthOptions,
  StoredRow,
  SyncOptions,
  SyncOutcome,
  SyncPlan,
  SyncPlanOptions,
  SyncReport,
  SyncWrites,
  TokenCipher,
  TokenEvent,
  AccountRef,
  Transport,
  UserConnection,
  WithheldChange,
} from 'mcp-connections';
import {
  ConnectionClientRegistration,
  ConnectionConfig,
  ConnectionOAuthState,
  Connections,
  ConnectionsError,
  InlineSecret,
  MetadataStore,
  ParsedConnections,
  UserConnectionToken,
  bareGcmFormat,
  connectionEntities,
  connectionMigrations,
  connectionRegistry,
  fernetFormat,
  keyRing,
  loadConnections,
  parseConnections,
  parseKeyRing,
  planConnectionSync,
  reportLines,
  resolveSecret,
  revertConnectionMigration,
  runConnectionMigrations,
  syncConnectionConfigs,
  tableRegistry,
} from 'mcp-connections';
import type {
  ConnectionConfigPort as PortOfTesting,
  DeclaredRow as DeclaredOfTesting,
  ConnectionInsert as InsertOfTesting,
  ConnectionOverwrite as OverwriteOfTesting,
  StoredRow as StoredOfTesting,
  SyncWrites as WritesOfTesting,
} from 'mcp-connections/testing';
import { InMemoryConnectionConfigs, createTestDataSource } from 'mcp-connections/testing';
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
  const migrations: readonly MigrationClass[] = connectionMigrations;
  const ran = await runConnectionMigrations(dataSource, { lockTimeoutMs: 10, legacyTimeZone: 'UTC', logger });
  if (ran.length > migrations.length) await revertConnectionMigration(dataSource);
  const configs: Repository<ConnectionConfig> = dataSource.getRepository(ConnectionConfig);
  const source: ConfigSource = { env: 'CONNECTIONS' };
  const declared: ParsedConnections = await loadConnections(source, { environment: {} });
  const how: SyncOptions = { now: () => new Date(), newId: () => 'id', lockTimeoutMs: 1 };
  const report = await syncConnectionConfigs(declared, configs, how);
  for (const { level, text } of reportLines(report)) {
    same<typeof level, LogLevel>(true);
    same<typeof text, string>(true);
  }
  const registry: ConnectionRegistry = tableRegistry(configs);
  await registry.list();
  return report;
}

export async function connect(store: MetadataStore, incoming: URL): Promise<AccessToken> {
  const ring: KeyRingOptions = { current: 'k1', keys: { k1: new Uint8Array(32) }, legacy: formats };
  const cipher: TokenCipher = process.env['KEYS'] === undefined ? keyRing(ring) : parseKeyRing('k1:');
  const source: ConnectionSource = store;
  const send: Fetch = (url, init) => fetch(url, init);
  const given: ConnectionsOptions = {
    cipher,
    fetch: send,
    resolveSecret: () => 'secret',
    requestTimeoutMs: 1,
    lockTimeoutMs: 1,
    preparedStatements: false,
    publicUrl: 'https://api.example.com',
    callbackPath: '/callback',
    callbackOrigins: [],
    returnOrigins: ['https://app.example.com'],
    trustedOrigins: ['https://auth.internal'],
    clientName: 'Example',
    clientUri: 'https://example.com',
    clientMetadataUrl: 'https://api.example.com/client.json',
    logger,
  };
  const connections = new Connections(source, given);
  connections.on('refreshed', (event) => same<typeof event, TokenEvent>(true));
  const stop = connections.on('refresh_failed', ({ error }) => same<typeof error, ConnectionsError>(true));
  stop();
  const wanted: AuthorizeOptions = { account: 'work', returnTo: '/', scopes: ['read'] };
  const begun: Authorization = await connections.authorize('ada', 'github', wanted);
  const who: CompleteOptions = { browserBinding: begun.browserBinding ?? undefined };
  const done: CompletedAuthorization = await connections.complete(incoming, who);
  const tokens: ImportedTokens = { accessToken: 'at', refreshToken: null, expiresAt: new Date() };
  const account: AccountOptions = { account: done.account };
  await connections.importTokens('ada', 'github', tokens, account);
  const listed: UserConnection[] = await connections.list('ada');
  same<UserConnection['accounts'], readonly ConnectedAccount[]>(true);
  same<UserConnection['status'], ConnectionStatus>(true);
  const soon: RefreshExpiringOptions = { withinMs: 1000, limit: listed.length };
  const renewed: RefreshExpiringReport = await connections.refreshExpiring(soon);
  const batch: ReencryptOptions = { batch: renewed.refreshed };
  const report: ReencryptReport = await connections.reencrypt(batch);
  same<typeof report.failed, readonly ReencryptFailure[]>(true);
  same<Pick<ReencryptFailure, keyof AccountRef>, Pick<AccountRef, keyof AccountRef>>(true);
  same<ConnectionsEvents['connected'], TokenEvent>(true);
  const counts = [await connections.renameUser('a', 'b'), await connections.renameConnection('a', 'b')];
  const step: Omit<ConnectionsEvents['discovery'], 'connectionName'> = discovered;
  connections.requireScopes(step.url, new Response());
  same<ReturnType<Connections['clientMetadata']>, Record<string, unknown> | undefined>(true);
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

const discovered: DiscoveryStep = { what: 'challenge', url: 'https://example.com', found: 'absent' };
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
  const parsed = parseConnections('{}', { environment: {} });
  await connectionRegistry(parsed).list();
  const planOptions: SyncPlanOptions = { source: 'default' };
  return planConnectionSync(parsed, stored, planOptions);
}

export async function secretOf(oauth: OAuthDefinition, resolver: SecretResolver): Promise<string> {
  const reference: SecretReference = oauth.clientSecret ?? new InlineSecret('value');
  const secret = await resolveSecret(reference, resolver);
  same<typeof secret, string>(true);
  return secret;
}

export function codeOf(error: unknown): ConnectionsErrorCode | undefined {
  if (!(error instanceof ConnectionsError)) return undefined;
  const code: ConnectionsErrorCode = error.code;
  return code === 'tables_foreign'
    ? code
    : new ConnectionsError('database_busy', 'message', { cause: 1 }).code;
}

same<PortOfTesting, ConnectionConfigPort>(true);
same<DeclaredOfTesting, DeclaredRow>(true);
same<StoredOfTesting, StoredRow>(true);
same<WritesOfTesting, SyncWrites>(true);
same<OverwriteOfTesting, ConnectionOverwrite>(true);
same<InsertOfTesting, ConnectionInsert>(true);
same<AuthType, 'oauth2' | 'bond_jwt' | 'static' | 'none'>(true);
same<Transport, 'sse' | 'streamable-http'>(true);
same<MigrationsMode, 'run' | 'check' | 'off'>(true);
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
export const mode: MigrationsMode = 'later';
// @ts-expect-error: nobody gives a code that is not in the union
export const wrong = new ConnectionsError('no_such_code', 'message');
// @ts-expect-error: an option that there is not
export const misspelt: MetadataStoreOptions = { dataSource: options.dataSource, onSyncErrors: 'throw' };
// @ts-expect-error: a repository of another entity
export const another = (repo: Repository<Invoice>) => syncConnectionConfigs({}, repo);
