import { toNextHandler } from 'mcp-connections/http';
import { routes } from '../../../lib/routes';

export const { GET, HEAD, POST, DELETE, OPTIONS } = toNextHandler(async (request, context) =>
  (await routes())(request, context),
);
