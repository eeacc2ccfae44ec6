/**
 * The sync taken apart: the pure plan, the port that a sync reads and writes through, its rows and its report; and the
 * document as it is parsed.
 * @module mcp-connections/sync
 */
export { planConnectionSync } from './plan';
export type {
  ConnectionChange,
  FieldChange,
  PlannedUpdate,
  SyncConflict,
  SyncPlan,
  SyncPlanOptions,
  WithheldChange,
} from './plan';
export { reportLines } from './report';
export type { ConnectionConfigPort, ConnectionInsert, ConnectionOverwrite, SyncWrites } from './port';
export type { DeclaredRow, StoredRow } from './row';
export type { LogLevel } from '../logging';
export type { StoredOAuthOptions } from '../entities/connection-config';

export { ParsedConnections, parseConnections } from '../config/parse';
export type { ParseOptions } from '../config/parse';
export type { LoadOptions } from '../config/load';
export type { Environment } from '../config/variables';
export type { RegisteredName } from '../config/registry';
export { InlineSecret } from '../config/secrets';
export type {
  AuthType,
  JsonObject,
  JsonValue,
  OAuthDefinition,
  OAuthOptions,
  SkippedEntry,
  Transport,
} from '../config/definition';
export type { ConfigProblem } from '../config/problems';
export type { ConfigProblemCode } from '../config/fault';
