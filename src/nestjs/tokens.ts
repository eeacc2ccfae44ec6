/** By which tokens Nest injects what has no class. */

/** Who sends a request, or null where the host has not said. */
export const USER_OF_REQUEST = Symbol('mcp-connections: the user of a request');

/** The handler of the routes, or null where there are none. */
export const ROUTES_HANDLER = Symbol('mcp-connections: the handler of the routes');

/** The controller of the routes, or null where there is none. */
export const ROUTES_CONTROLLER = Symbol('mcp-connections: the controller of the routes');

/** The logger of the options, or Nest's. */
export const LOGGER = Symbol('mcp-connections: the logger');
