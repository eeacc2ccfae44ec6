/** A host's sign-in, small: a header names the user, and a guard puts the user on the request. */
import type { CanActivate, CustomDecorator, ExecutionContext } from '@nestjs/common';
import { Injectable, Module, SetMetadata, UnauthorizedException } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { PlatformRequest } from 'mcp-connections/nestjs';

export interface SignedIn extends PlatformRequest {
  user?: { id: string };
}

export const user = (request: SignedIn): string | null => request.user?.id ?? null;

export const Public = (): CustomDecorator => SetMetadata('isPublic', true);

@Injectable()
export class SessionGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride('isPublic', [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<SignedIn>();
    const id = request.headers['x-user'];
    if (typeof id !== 'string') throw new UnauthorizedException('Sign in first.');
    request.user = { id };
    return true;
  }
}

/** What a host keeps of who is signed in. */
@Injectable()
export class Sessions {
  idOf(request: SignedIn): string | null {
    const id = request.headers['x-user'];
    return typeof id === 'string' ? id : null;
  }
}

@Module({ providers: [Sessions], exports: [Sessions] })
export class SessionsModule {}

/** A guard that needs what is in a module of the host. */
@Injectable()
export class SessionsGuard implements CanActivate {
  constructor(private readonly sessions: Sessions) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<SignedIn>();
    const id = this.sessions.idOf(request);
    if (id === null) throw new UnauthorizedException('Sign in first.');
    request.user = { id };
    return true;
  }
}
