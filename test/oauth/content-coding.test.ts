import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodedBytes } from '../../src/oauth/content-coding';

/** Parts of one body, without an end unless there is a limit. */
class Parts {
  taken = 0;
  readonly whenLetGoOf: Promise<void>;
  private letGo = () => {};

  constructor(
    private readonly part: Uint8Array,
    private readonly most = Infinity,
  ) {
    this.whenLetGoOf = new Promise((resolve) => {
      this.letGo = resolve;
    });
  }

  async *[Symbol.asyncIterator]() {
    try {
      for (; this.taken < this.most; this.taken += 1) yield this.part;
    } finally {
      this.letGo();
    }
  }
}

async function lengthOf(bytes: AsyncIterable<Uint8Array>, most: number): Promise<number> {
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > most) break;
  }
  return length;
}

describe('A compressed body', () => {
  it.each([
    ['gzip', 1],
    ['gzip, gzip', 2],
  ])('in %s is decoded no further than it is read, and then let go of', async (coding, times) => {
    let part: Buffer = Buffer.alloc(10_000_000);
    for (let done = 0; done < times; done += 1) part = gzipSync(part);
    const parts = new Parts(part);
    const length = await lengthOf(decodedBytes(parts, coding), 3_000_000);
    expect(length).toBeLessThan(3_200_000);
    // Streams read ahead, by some kilobytes each.
    expect(parts.taken * part.length).toBeLessThan(100_000);
    await parts.whenLetGoOf;
  });

  it('may begin with chunks without a byte', async () => {
    const empty = new Uint8Array();
    const source = async function* () {
      yield* [empty, empty, deflateSync('{}'), empty];
    };
    expect(await lengthOf(decodedBytes(source(), 'deflate'), 10)).toBe(2);
    expect(await lengthOf(decodedBytes(new Parts(empty, 3), 'gzip'), 10)).toBe(0);
  });

  it('fails with the error of what it comes from', async () => {
    const error = new Error('m');
    const failing = async function* () {
      yield gzipSync('{}').subarray(0, 12);
      throw error;
    };
    await expect(lengthOf(decodedBytes(failing(), 'gzip'), 10)).rejects.toBe(error);
  });

  it('has at most five codings', () => {
    const codings = (count: number) => Array.from({ length: count }, () => 'gzip').join();
    expect(() => decodedBytes(new Parts(new Uint8Array()), codings(5))).not.toThrow();
    expect(() => decodedBytes(new Parts(new Uint8Array()), codings(6))).toThrow('compressed 6 times');
  });
});
