/** A controller for the routes. Paths and guards are metadata of its class, so that each set of options has a class of its own. */
import type { Type } from '@nestjs/common';
import {
  All,
  Controller,
  Inject,
  Req,
  Res,
  UseGuards,
  VERSION_NEUTRAL,
  applyDecorators,
} from '@nestjs/common';
import type { ConnectionsHandler } from '../http/options';
import type { ConnectionsRoutes } from './options';
import type { HostRequest, HostResponse, RoutesContext } from './platform';
import { answerOnPlatform } from './platform';
import { routesPath } from './routes-paths';
import { ROUTES_HANDLER } from './tokens';

export function routesController(routes: ConnectionsRoutes): Type {
  const base = routesPath(routes);
  const guarded = UseGuards(...(routes.guards ?? []));
  const open = applyDecorators(...(routes.publicDecorators ?? []));

  @Controller({ path: base, version: VERSION_NEUTRAL })
  @applyDecorators(...(routes.decorators ?? []))
  class ConnectionsController {
    constructor(@Inject(ROUTES_HANDLER) private readonly handler: ConnectionsHandler<RoutesContext>) {}

    @All()
    @guarded
    async all(@Req() request: HostRequest, @Res() response: HostResponse): Promise<void> {
      await answerOnPlatform(this.handler, request, response, base, []);
    }

    @All(':name/callback')
    @open
    async callback(@Req() request: HostRequest, @Res() response: HostResponse): Promise<void> {
      await answerOnPlatform(this.handler, request, response, base, [request.params.name, 'callback']);
    }

    @All(':name/client-metadata.json')
    @open
    async clientMetadata(@Req() request: HostRequest, @Res() response: HostResponse): Promise<void> {
      const { name } = request.params;
      await answerOnPlatform(this.handler, request, response, base, [name, 'client-metadata.json']);
    }

    @All(':name')
    @guarded
    async one(@Req() request: HostRequest, @Res() response: HostResponse): Promise<void> {
      await answerOnPlatform(this.handler, request, response, base, [request.params.name]);
    }

    @All(':name/:action')
    @guarded
    async action(@Req() request: HostRequest, @Res() response: HostResponse): Promise<void> {
      const { name, action } = request.params;
      await answerOnPlatform(this.handler, request, response, base, [name, action]);
    }
  }
  return ConnectionsController;
}
