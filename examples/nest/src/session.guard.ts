/** Stands in for the sign-in of a service: everyone who opens this one is Ada. */
import { CanActivate, ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';

export interface SignedIn extends Request {
  user?: { id: string };
}

@Injectable()
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<SignedIn>();
    request.user = { id: 'ada' };
    return true;
  }
}
