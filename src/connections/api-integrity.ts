/** The `integrity` of a request (Subresource Integrity), for the answer that a caller gets: a redirect or a 401 has a body, too. */

/**
 * The answer, which is read to its end.
 * @throws TypeError as `fetch` does
 */
export async function withIntegrity(response: Response, integrity: string): Promise<Response> {
  const { status, statusText, headers } = response;
  if (response.body === null)
    throw new TypeError('fetch failed', { cause: new Error('The answer has no body.') });
  const bytes = await response.arrayBuffer();
  // `fetch` itself compares, so that what it takes is taken here.
  const address = URL.createObjectURL(new Blob([bytes]));
  try {
    await globalThis.fetch(address, { integrity });
  } finally {
    URL.revokeObjectURL(address);
  }
  return new Response(bytes, { status, statusText, headers });
}
