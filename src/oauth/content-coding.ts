/**
 * Undoes the `content-encoding` of a body (RFC 9110 section 8.4) as Node's `fetch` does, since some servers compress without
 * being asked. Bytes are decoded as they are read, so that a small body that decodes to a huge one is abandoned early.
 */
import { Readable, pipeline } from 'node:stream';
import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** What to ask for. */
export const ACCEPTED_CODINGS = 'br, gzip, deflate';

/** Node's `fetch` refuses more, too: each takes memory and time. */
const MAX_CODINGS = 5;

type Bytes = AsyncIterable<Uint8Array>;

/** @param first the first byte of what is to be decoded */
type Decoder = (first: number) => Transform;

/** A body without its trailer is read as far as it goes, as `fetch` and browsers do: some servers send none. */
const ZLIB = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH };

const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', () => createGunzip(ZLIB)],
  ['x-gzip', () => createGunzip(ZLIB)],
  ['br', () => createBrotliDecompress(BROTLI)],
  // Some servers leave out the header of RFC 1950, which begins with the number of the method.
  ['deflate', (first) => ((first & 0x0f) === 8 ? createInflate(ZLIB) : createInflateRaw(ZLIB))],
]);

/**
 * The bytes of a body without its codings, or as they are where one of these is unknown.
 * @param contentEncoding the header, whose last coding was applied last
 * @throws Error when there are more than 5 codings; a body that does not decode is an error when it is read
 */
export function decodedBytes(bytes: Bytes, contentEncoding: string | null): Bytes {
  const codings = (contentEncoding ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  if (codings.length > MAX_CODINGS) throw new Error(`The answer was compressed ${codings.length} times.`);
  const decoders = codings.map((coding) => DECODERS.get(coding));
  return decoders.every((decoder) => decoder !== undefined)
    ? decoders.reduceRight<Bytes>(decode, bytes)
    : bytes;
}

async function* decode(bytes: Bytes, decoder: Decoder): AsyncGenerator<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]();
  let chunk = await chunks.next();
  while (chunk.done !== true && chunk.value.length === 0) chunk = await chunks.next();
  if (chunk.done === true) return;
  const { value } = chunk;
  const whole = async function* () {
    yield value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  // The reader gets the error; the callback keeps it from being uncaught.
  yield* pipeline(Readable.from(whole()), decoder(value[0] ?? 0), () => undefined);
}
