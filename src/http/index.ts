/**
 * Routes for connecting users, and a page, for every server of Node.js.
 * @module mcp-connections/http
 */
export { toFastifyPlugin } from './fastify';
export { connectionsHandler } from './handler';
export { toNextHandler } from './next';
export { toNodeHandler } from './node';
export type { ConnectionsHandler, FlowOutcome, HandlerOptions, RequestUser } from './options';
export type { PageOptions } from './page/options';
export type { PageStyle } from './page/style/palette';
export type { PageTexts } from './page/texts';
export type { HandlerErrorCode } from './handler-error';
export type { ErrorTexts } from './texts';
export type {
  AccountJson,
  AuthorizationJson,
  CheckExpiredJson,
  CompletionJson,
  ConnectionJson,
  ConnectionsJson,
  DisconnectionJson,
  ExpiredJson,
  ProblemJson,
} from './json';
