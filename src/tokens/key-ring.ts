/**
 * AES-256-GCM (NIST SP 800-38D) with a ring of keys: one encrypts, all decrypt. A rotation takes two deployments: add the
 * new key everywhere, then make it the current one.
 */
import type { KeyObject } from 'node:crypto';
import { createSecretKey } from 'node:crypto';
import { ConnectionsError, isConnectionsError, quote } from '../errors';
import { openAesGcm, sealAesGcm } from './aes-gcm';
import type { OptionChecks } from '../options';
import { checkOptions, object, objectWith, required, text as nonEmptyText } from '../options';
import type { CipherPlace, LegacyFormat, TokenCipher } from './cipher';
import { ciphertextInvalid, otherContext, unknownKey } from './cipher-error';
import type { SealedText } from './sealed-text';
import {
  KEY_ID,
  SEALED_PREFIX,
  VERSION,
  contextTagOf,
  formatSealed,
  keyNeeded,
  parseSealed,
  sealedBytes,
} from './sealed-text';

const KEY_BYTES = 32;
const MAX_CONTEXT = 255;

/** A key ring: the key that encrypts, and all that decrypt. Never derive a key from another secret. */
export interface KeyRingOptions {
  /** Id of the key that encrypts. */
  readonly current: string;
  /** 32 random bytes by id, in base64 or as bytes. An id is 1 to 32 letters, digits, `_` or `-`. */
  readonly keys: Readonly<Record<string, string | Uint8Array>>;
  /**
   * What this database is, where databases share keys: a tenant or an environment, 1 to 255 characters; default none. A text
   * of one context cannot be decrypted in another. It is not a secret.
   */
  readonly context?: string | undefined;
  /** Contexts whose texts can still be decrypted, `null` for texts without one; default none. */
  readonly previousContexts?: readonly (string | null)[] | undefined;
  /** Formats of another program that can still be decrypted, from `mcp-connections/legacy`; default none. */
  readonly legacy?: readonly LegacyFormat[] | undefined;
}

const isFormat = objectWith('recognizes', 'open');

function legacyFormats(value: unknown): string | undefined {
  const isList = Array.isArray(value) && value.every((format) => isFormat(format) === undefined);
  return isList ? undefined : 'a list of formats from `mcp-connections/legacy`';
}

/** Without lone surrogates, which would all have the same digest. */
function isContext(value: unknown): boolean {
  return (
    typeof value === 'string' && value !== '' && value.length <= MAX_CONTEXT && !/\p{Surrogate}/u.test(value)
  );
}

const alongKeys: OptionChecks<Omit<KeyRingOptions, 'current' | 'keys'>> = {
  context: (value) => (isContext(value) ? undefined : `a text of 1 to ${MAX_CONTEXT} characters`),
  previousContexts: (value) =>
    Array.isArray(value) && value.every((one) => one === null || isContext(one))
      ? undefined
      : `a list of texts of 1 to ${MAX_CONTEXT} characters, and null for texts without a context`,
  legacy: legacyFormats,
};

const ringChecks: OptionChecks<KeyRingOptions> = {
  current: required(nonEmptyText),
  keys: required(object),
  ...alongKeys,
};

/**
 * A cipher over a key ring. Its texts have the form `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url;
 * with a context, the beginning of its SHA-256 digest follows the key id.
 * @param options the keys, which of them encrypts, and a context
 * @throws ConnectionsError `key_invalid` when the current key is not among them, or a key is not 32 bytes long;
 * `option_invalid`
 * @example
 * const cipher = keyRing({ current: 'k2', keys: { k1: oldKey, k2: newKey }, context: 'production' });
 */
export function keyRing(options: KeyRingOptions): TokenCipher {
  checkOptions('keyRing', options, ringChecks);
  const keys = new Map(Object.entries(options.keys).map(([id, key]) => [id, keyObject(id, key)]));
  const { current, context = null, previousContexts = [], legacy = [] } = options;
  const currentKey = keys.get(current);
  if (!currentKey) {
    throw invalid(
      `The current key ${quote(current)} is not among the keys. Add it to \`keys\` or choose another.`,
    );
  }
  const contexts = new Map([...previousContexts, context].map((one) => [contextTagOf(one), boundTo(one)]));
  const currentTag = contextTagOf(context);
  const currentContext = boundTo(context);
  return {
    ownPrefix: legacy.length > 0 ? SEALED_PREFIX : undefined,

    isCurrent(ciphertext) {
      const text = parseSealed(ciphertext);
      return text?.keyId === current && text.contextTag === currentTag;
    },

    hasKeyOf(start) {
      const needed = keyNeeded(start);
      if (needed === null) return legacy.length > 0;
      return keys.has(needed.keyId) && contexts.has(needed.contextTag);
    },

    encrypt(plaintext, place) {
      const bound = additionalData(current, currentContext, place);
      const { nonce, sealed } = sealAesGcm(currentKey, plaintext, bound);
      return formatSealed({
        keyId: current,
        contextTag: currentTag,
        nonce: nonce.toString('base64url'),
        sealed: sealed.toString('base64url'),
      });
    },

    decrypt(ciphertext, place) {
      if (!ciphertext.startsWith(SEALED_PREFIX)) return openLegacy(legacy, ciphertext, place);
      const text = parseSealed(ciphertext);
      // What is not of our form is not quoted: it may be a token that was never encrypted.
      if (!text) throw ciphertextInvalid(place, 'it is cut short or changed');
      const key = keys.get(text.keyId);
      if (!key) throw unknownKey(place, text.keyId);
      const textContext = contexts.get(text.contextTag);
      if (textContext === undefined) throw otherContext(place, text.contextTag !== null);
      return openText(key, text, textContext, place);
    },
  };
}

/**
 * A cipher over the keys in an environment variable: `id:base64` for each, separated by commas or spaces, the current one
 * first. `new Connections` does this with its `keys`; call it to add legacy formats, or inside a cipher of your own.
 * @param text value of the variable
 * @param options `context`: the tenant or environment that texts belong to; `previousContexts`: those that can still be
 * decrypted; `legacy`: formats that can still be decrypted. Default none
 * @throws ConnectionsError `key_invalid`, whose message never shows a key; `option_invalid`
 * @example
 * const cipher = parseKeyRing(process.env.CONNECTION_KEYS, { legacy: [fernetFormat(jwtSecret)] });
 */
export function parseKeyRing(
  text: string | undefined,
  options: Omit<KeyRingOptions, 'current' | 'keys'> = {},
): TokenCipher {
  checkOptions('parseKeyRing', options, alongKeys);
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

function openText(key: KeyObject, text: SealedText, context: string, place: CipherPlace): string {
  const bytes = sealedBytes(text);
  if (!bytes) throw ciphertextInvalid(place, 'it was cut short');
  const plaintext = openAesGcm(key, bytes.nonce, bytes.sealed, additionalData(text.keyId, context, place));
  if (plaintext !== null) return plaintext;
  throw ciphertextInvalid(
    place,
    'it was changed, or was encrypted for another row or column, or with another key of that id',
  );
}

/** States live ten minutes and are deleted by an adoption, and no other program had registrations. */
const LEGACY_TABLE: CipherPlace['table'] = 'user_connection_tokens';

/**
 * A text of the program before, which is bound to no row, so that it is accepted only where that program left tokens.
 * @throws ConnectionsError `ciphertext_invalid`, or what the format itself says
 */
function openLegacy(formats: readonly LegacyFormat[], ciphertext: string, place: CipherPlace): string {
  let plaintext: unknown;
  try {
    const format =
      place.table === LEGACY_TABLE ? formats.find((one) => one.recognizes(ciphertext)) : undefined;
    if (!format) throw ciphertextInvalid(place, 'its format is not known');
    plaintext = format.open(ciphertext);
  } catch (error) {
    if (isConnectionsError(error)) throw error;
    throw ciphertextInvalid(place, 'its legacy format failed');
  }
  if (typeof plaintext === 'string') return plaintext;
  throw ciphertextInvalid(place, 'its legacy format gave no text');
}

/**
 * JSON of a list of texts, and of a list in it for a context: no two different places or contexts give the same bytes.
 * @param id of a key, which has no character that JSON escapes
 * @param context as `boundTo` writes it
 */
function additionalData(id: string, context: string, { table, column, row }: CipherPlace): Buffer {
  return Buffer.from(`["${VERSION}","${id}",${context}${JSON.stringify([table, column, ...row]).slice(1)}`);
}

/** A context within that list. */
function boundTo(context: string | null): string {
  return context === null ? '' : `${JSON.stringify([context])},`;
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

function invalid(message: string): ConnectionsError {
  return new ConnectionsError('key_invalid', message);
}
