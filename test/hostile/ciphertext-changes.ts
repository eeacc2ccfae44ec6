/** What somebody with write access to the tables could make of a ciphertext without the key. */
import fc from 'fast-check';

/** Gives a text other than the one that it is given. */
export interface Change {
  readonly what: string;
  readonly of: (text: string) => string;
}

const at = (text: string, share: number) => Math.min(Math.floor(text.length * share), text.length - 1);
const other = (character = '') => (character === 'A' ? 'B' : 'A');
/** The same bits written in another way, or bits that no byte has: what lenient decoders skip. No NUL, which PostgreSQL does not store. */
const endings = ['=', '==', '.', '.AA', ' ', '\n', '!', 'A', 'AAAA', '%3D'];

function replaced(text: string, index: number, character: string): string {
  return text.slice(0, index) + character + text.slice(index + 1);
}

/** Replaces one of the four parts: version, key id, nonce, sealed text. */
function withPart(text: string, index: number, change: (part: string) => string): string {
  return text
    .split('.')
    .map((part, position) => (position === index ? change(part) : part))
    .join('.');
}

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const keyIds = ['k2', 'K1', 'k1 ', '', '__proto__', 'constructor', 'k'.repeat(33), 'k1,k2', 'toString'];

/** Changes of the text itself. */
export const alterations: fc.Arbitrary<Change> = fc.oneof(
  share.map((where) => ({
    what: `character at ${where} replaced`,
    of: (text: string) => replaced(text, at(text, where), other(text[at(text, where)])),
  })),
  share.map((where) => ({
    what: `case at ${where} changed`,
    of: (text: string) => {
      const one = text[at(text, where)] ?? '';
      const swapped = one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase();
      return replaced(text, at(text, where), swapped === one ? other(one) : swapped);
    },
  })),
  share.map((where) => ({ what: `cut at ${where}`, of: (text: string) => text.slice(0, at(text, where)) })),
  share.map((where) => ({
    what: `front cut at ${where}`,
    of: (text: string) => text.slice(at(text, where) + 1),
  })),
  share.map((where) => ({
    what: `character at ${where} doubled`,
    of: (text: string) =>
      text.slice(0, at(text, where)) + (text[at(text, where)] ?? '') + text.slice(at(text, where)),
  })),
  fc
    .constantFrom(...endings)
    .map((end) => ({ what: `${JSON.stringify(end)} at the end`, of: (text: string) => text + end })),
  fc.constantFrom(...keyIds).map((id) => ({
    what: `key id ${JSON.stringify(id)}`,
    of: (text: string) => withPart(text, 1, () => id),
  })),
  fc.constantFrom('v0', 'v2', 'V1', '', 'v1.v1').map((version) => ({
    what: `version ${JSON.stringify(version)}`,
    of: (text: string) => withPart(text, 0, () => version),
  })),
  fc
    .constantFrom(2, 3)
    .map((part) => ({ what: `part ${part} emptied`, of: (text: string) => withPart(text, part, () => '') })),
  fc.constant({
    what: 'nonce of zeros',
    of: (text: string) => withPart(text, 2, (nonce) => 'A'.repeat(nonce.length)),
  }),
  fc.constant({ what: 'nothing left', of: () => '' }),
  fc.constant({ what: 'plain text', of: () => 'a-token-that-was-never-encrypted' }),
);
