import { fileURLToPath } from 'node:url';

/** The package is a link to the root of the repository, which is why that is the root here, too. */
export default {
  serverExternalPackages: ['mcp-connections', 'typeorm'],
  turbopack: { root: fileURLToPath(new URL('../../..', import.meta.url)) },
};
