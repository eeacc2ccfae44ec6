/** Front ends send `Content-Type: application/json` without a body, which the parsers of Fastify refuse. */
import { hasBody } from '../http/node-body';
import type { NodeRequest } from '../http/node-request';

type RawRequest = Pick<NodeRequest, 'method' | 'httpVersionMajor' | 'stream'> & {
  readonly headers: Record<string, string | string[] | undefined>;
};

/** Middleware, which runs before any parser of Fastify: a request without a body has no content type either. */
export function ignoreTypeOfEmptyBody(request: RawRequest, _response: unknown, next: () => void): void {
  if (!hasBody(request)) delete request.headers['content-type'];
  next();
}
