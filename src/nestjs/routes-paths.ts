/** Where routes are served: each module has a path of its own. */
import { Injectable, Module } from '@nestjs/common';
import { optionInvalid } from '../options';
import type { ConnectionsRoutes } from './options';

/** Path of the routes, as the handler has it whatever prefix the application puts before it: with a slash before it, and none after it. */
export function routesPath({ path = 'connections' }: ConnectionsRoutes): string {
  return `/${path.replace(/^\/+|\/+$/g, '')}`;
}

/** The paths at which the modules of one application serve routes. */
@Injectable()
export class RoutesPaths {
  readonly #taken = new Set<string>();

  /** @throws ConnectionsError `option_invalid`, where Nest would let the module that it finds first answer for both */
  take(path: string): void {
    if (this.#taken.has(path))
      throw optionInvalid(
        `Two \`ConnectionsModule\` serve their routes at ${path}. Give one of them a path of its own: \`routes: { path: 'integrations' }\`.`,
      );
    this.#taken.add(path);
  }
}

/** Static, so that an application has one of it. */
@Module({ providers: [RoutesPaths], exports: [RoutesPaths] })
export class RoutesPathsModule {}
