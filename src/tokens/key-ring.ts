/**
 * AES-256-GCM (NIST SP 800-38D) with a ring of keys: one encrypts, all decrypt. A rotation takes two deployments: add the
 * new key everywhere, then make it the current one.
 */
import type { KeyObject } from 'node:crypto';
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { ConnectionsError, quote } from '../errors';
import { ALGORITHM, NONCE_BYTES, TAG_BYTES, openAesGcm } from './aes-gcm';
import type { OptionChecks } from '../options';
import { checkOptions, object, objectWith, required, text as nonEmptyText } from '../options';
import type { CipherPlace, LegacyFormat, TokenCipher } from './cipher';

const KEY_BYTES = 32;
const VERSION = 'v1';
const KEY_ID = /^[\w-]{1,32}$/;

/** A key ring: the key that encrypts, and all that decrypt. Never derive a key from another secret. */
export interface KeyRingOptions {
  /** Id of the key that encrypts. */
  readonly current: string;
  /** 32 random bytes by id, in base64 or as bytes. An id is 1 to 32 letters, digits, `_` or `-`. */
  readonly keys: Readonly<Record<string, string | Uint8Array>>;
  /** Formats of another program that can still be decrypted, from `mcp-connections/legacy`; default none. */
  readonly legacy?: readonly LegacyFormat[] | undefined;
}

const isFormat = objectWith('recognizes', 'open');

function legacyFormats(value: unknown): string | undefined {
  const isList = Array.isArray(value) && value.every((format) => isFormat(format) === undefined);
  return isList ? undefined : 'a list of formats from `mcp-connections/legacy`';
}

const ringChecks: OptionChecks<KeyRingOptions> = {
  current: required(nonEmptyText),
  keys: required(object),
  legacy: legacyFormats,
};

/**
 * A cipher over a key ring. Its texts have the form `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url.
 * @param options the keys, and which of them encrypts
 * @throws ConnectionsError `key_invalid` when the current key is not among them, or a key is not 32 bytes long
 * @example
 * const cipher = keyRing({ current: 'k2', keys: { k1: oldKey, k2: newKey } });
 */
export function keyRing(options: KeyRingOptions): TokenCipher {
  checkOptions('keyRing', options, ringChecks);
  const keys = new Map(Object.entries(options.keys).map(([id, key]) => [id, keyObject(id, key)]));
  const { current, legacy = [] } = options;
  const currentKey = keys.get(current);
  if (!currentKey) {
    throw invalid(
      `The current key ${quote(current)} is not among the keys. Add it to \`keys\` or choose another.`,
    );
  }
  const prefix = `${VERSION}.${current}.`;
  return {
    isCurrent: (ciphertext) => ciphertext.startsWith(prefix),

    encrypt(plaintext, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, currentKey, nonce).setAAD(additionalData(current, place));
      const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${prefix}${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
    },

    decrypt(ciphertext, place) {
      if (!ciphertext.startsWith(`${VERSION}.`)) {
        const format = legacy.find((candidate) => candidate.recognizes(ciphertext));
        if (format) return format.open(ciphertext);
        throw ciphertextInvalid(place, 'its format is not known');
      }
      const [, id = '', nonce = '', sealed = '', ...rest] = ciphertext.split('.');
      const key = keys.get(id);
      // What is not of our form is not quoted: it may be a token that was never encrypted.
      if (rest.length > 0 || sealed === '' || !KEY_ID.test(id))
        throw ciphertextInvalid(place, 'it is cut short or changed');
      if (!key) {
        throw new ConnectionsError(
          'key_unknown',
          `A text in ${where(place)} was encrypted with the key ${quote(id)}, which this process does not have. ` +
            'Nothing was changed. Add that key to `keys`.',
        );
      }
      return opened(key, id, { nonce: fromBase64url(nonce), sealed: fromBase64url(sealed) }, place);
    },
  };
}

/**
 * A cipher over the keys in an environment variable: `id:base64` for each, separated by commas or spaces, the current one
 * first. `new Connections` does this with its `keys`; call it to add legacy formats, or inside a cipher of your own.
 * @param text value of the variable
 * @param options `legacy`: formats that can still be decrypted; default none
 * @throws ConnectionsError `key_invalid`; the message never shows a key
 * @example
 * const cipher = parseKeyRing(process.env.CONNECTION_KEYS, { legacy: [fernetFormat(jwtSecret)] });
 */
export function parseKeyRing(
  text: string | undefined,
  options: Pick<KeyRingOptions, 'legacy'> = {},
): TokenCipher {
  checkOptions('parseKeyRing', options, { legacy: legacyFormats });
  const pairs = (text ?? '').split(/[\s,]+/).filter((part) => part !== '');
  const entries = pairs.map((pair, index): [string, string] => {
    const colon = pair.indexOf(':');
    const id = pair.slice(0, Math.max(colon, 0));
    // Nothing of it is quoted: where the two are swapped, the id is the key.
    if (!KEY_ID.test(id)) throw invalid(`Key ${index + 1} has no id before a colon. Write \`id:base64\`.`);
    return [id, pair.slice(colon + 1)];
  });
  const [first] = entries;
  if (!first) {
    throw invalid('No key is given. Make one with `openssl rand -base64 32` and write it as `id:base64`.');
  }
  const ids = entries.map(([id]) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined)
    throw invalid(`The key id ${quote(twice)} occurs twice. Give each key its own id.`);
  return keyRing({ ...options, current: first[0], keys: Object.fromEntries(entries) });
}

function opened(
  key: KeyObject,
  id: string,
  { nonce, sealed }: { readonly nonce: Buffer; readonly sealed: Buffer },
  place: CipherPlace,
): string {
  if (nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES) {
    throw ciphertextInvalid(place, 'it was cut short');
  }
  const text = openAesGcm(key, nonce, sealed, additionalData(id, place));
  if (text !== null) return text;
  throw ciphertextInvalid(
    place,
    'it was changed, or was encrypted for another row or column, or with another key of that id',
  );
}

/** JSON of a list of texts: no two different places give the same bytes. */
function additionalData(id: string, { table, column, row }: CipherPlace): Buffer {
  return Buffer.from(JSON.stringify([VERSION, id, table, column, ...row]));
}

function keyObject(id: string, key: string | Uint8Array): KeyObject {
  if (!KEY_ID.test(id)) throw invalid('A key id is not 1 to 32 letters, digits, "_" or "-".');
  const isKey = typeof key === 'string' || key instanceof Uint8Array;
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : Buffer.from(isKey ? key : []);
  if (bytes.length !== KEY_BYTES) {
    throw invalid(
      `The key ${quote(id)} has ${bytes.length} bytes instead of ${KEY_BYTES}. Make one with \`openssl rand -base64 32\`.`,
    );
  }
  return createSecretKey(bytes);
}

/** Empty unless the text is what encoding gives: Node skips what is not base64url, and bits that no byte has. */
function fromBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  const isWhole =
    bytes.length === Math.floor((text.length * 3) / 4) && text.length % 4 !== 1 && BASE64URL.test(text);
  // The last characters hold bits that no byte has; encoding again says whether they are zero.
  const tail = text.length % 4;
  const isExact =
    isWhole && (tail === 0 || bytes.subarray(-(tail - 1)).toString('base64url') === text.slice(-tail));
  return isExact ? bytes : Buffer.alloc(0);
}

const BASE64URL = /^[\w-]*$/;

function where({ table, column }: CipherPlace): string {
  return `${table}.${column}`;
}

function ciphertextInvalid(place: CipherPlace, why: string): ConnectionsError {
  return new ConnectionsError(
    'ciphertext_invalid',
    `A text in ${where(place)} cannot be decrypted: ${why}. Nothing was changed. Restore the row from a backup, or let the ` +
      'user connect again.',
  );
}

function invalid(message: string): ConnectionsError {
  return new ConnectionsError('key_invalid', message);
}
