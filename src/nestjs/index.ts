/**
 * The package as a module of NestJS.
 * @module mcp-connections/nestjs
 */
export { ConnectionsModule } from './module';
export { ConnectionsExceptionFilter } from './exception-filter';
export { ConnectionsHealthIndicator } from './health-indicator';
export type { ConnectionsHealth } from './health-indicator';
export { ConnectionsUser } from './user';
export type {
  ConnectionsModuleAsyncOptions,
  ConnectionsModuleExtras,
  ConnectionsModuleOptions,
  ConnectionsOptionsFactory,
  ConnectionsRoutes,
  PlatformRequest,
} from './options';
