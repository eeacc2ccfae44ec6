/** The user of a request, for controllers of the host. */
import type { ExecutionContext, PipeTransform } from '@nestjs/common';
import { Inject, Injectable, UnauthorizedException, createParamDecorator } from '@nestjs/common';
import { optionInvalid } from '../options';
import type { ConnectionsModuleExtras, PlatformRequest } from './options';
import { USER_OF_REQUEST } from './tokens';

/** A pipe, since Nest gives pipes what they inject, and decorators of parameters nothing. It is made when the application starts. */
@Injectable()
class UserOfRequest implements PipeTransform<PlatformRequest, Promise<string>> {
  readonly #userOf: NonNullable<ConnectionsModuleExtras['user']>;

  constructor(@Inject(USER_OF_REQUEST) userOf: ConnectionsModuleExtras['user'] | null) {
    if (!userOf) throw optionInvalid('`@ConnectionsUser()` needs the option `user` of `ConnectionsModule`.');
    this.#userOf = userOf;
  }

  async transform(request: PlatformRequest): Promise<string> {
    // As in the routes, an empty id counts as none.
    const said: unknown = (await this.#userOf(request)) || null;
    if (said === null) throw new UnauthorizedException();
    if (typeof said !== 'string')
      // Not a `ConnectionsError`: a filter would answer that as a mistake of the user, and Nest logs this one.
      throw new TypeError(
        'Option `user` of `ConnectionsModule` must return the id of the user as a text, or null.',
      );
    return said;
  }
}

const requestOf = createParamDecorator((_: unknown, context: ExecutionContext) => {
  // Elsewhere, what stands in the place of a request may be data of the sender.
  if (context.getType() !== 'http')
    throw new TypeError(
      '`@ConnectionsUser()` is for controllers of HTTP. Take the user from the context of your own.',
    );
  return context.switchToHttp().getRequest<PlatformRequest>();
});

/**
 * Gives a parameter of a controller's method the id of the user, as the option `user` of the module says it; a request without a user is
 * answered with 401.
 * @example
 * class ReposController {
 *   constructor(private readonly connections: Connections) {}
 *
 *   async list(@ConnectionsUser() userId: string) {
 *     return this.connections.fetchFor(userId, 'github')('https://api.github.com/user/repos');
 *   }
 * }
 */
export function ConnectionsUser(): ParameterDecorator {
  return requestOf(UserOfRequest);
}
