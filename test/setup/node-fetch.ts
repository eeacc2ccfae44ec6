/** What the `fetch` of this Node.js does. */

/**
 * Whether aborting closes a connection whose answer has status 205. From Node.js 26 on `fetch` reads on until the server
 * stops, and nothing that it gives its caller ends that; docs/limits.md says so.
 */
export const endsAfter205 = Number.parseInt(process.versions.node, 10) < 26;
