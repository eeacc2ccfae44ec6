/**
 * Says where a secret is and fetches it at the moment it is used.
 * Decides what may print (references) and what may not (values); never caches, stores or logs a value.
 */
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { ConnectionsError, quote, reasonCode } from '../errors';

const HIDDEN = '[secret]';

/** Where a secret is. All but the inline one are safe to store and to print. */
export type SecretReference =
  | {
      /** Declared as `client_secret_env`. */
      readonly kind: 'env';
      /** Name of an environment variable, looked up in `process.env` when the secret is used. */
      readonly name: string;
    }
  | {
      /** Declared as `client_secret_file`. */
      readonly kind: 'file';
      /**
       * Path of a UTF-8 file, from the working directory unless absolute; one line break at its end does not count.
       */
      readonly path: string;
    }
  | {
      /** Declared as `client_secret_arn`. */
      readonly kind: 'arn';
      /** Amazon Resource Name or name of a secret in AWS Secrets Manager; only a resolver of the host's can fetch it. */
      readonly arn: string;
    }
  | InlineSecret;

/** Where a secret is that the table may name. */
export type StoredReference = Exclude<SecretReference, InlineSecret>;

/**
 * What a host gives to fetch secrets that are not inline, those in variables and files too.
 * @param reference `env`, `file` or `arn`
 * @returns the secret; an empty text, or anything but text, counts as none
 */
export type SecretResolver = (reference: StoredReference) => string | Promise<string>;

/** A secret written in the declaration itself; it prints as `[secret]` everywhere. */
export class InlineSecret {
  /** Tells it apart from the references that say where to look. */
  readonly kind = 'inline';
  readonly #value: string;

  /**
   * Wraps a secret that a host has in hand, for a `SecretReference` of its own making.
   * @param value the secret, kept out of every property
   */
  constructor(value: string) {
    this.#value = value;
  }

  /**
   * The one way to the secret itself.
   * @returns the value in clear: never to be logged
   */
  reveal(): string {
    return this.#value;
  }

  /**
   * For template texts and concatenation.
   * @returns `[secret]`
   */
  toString(): string {
    return HIDDEN;
  }

  /**
   * For `JSON.stringify`.
   * @returns `[secret]`
   */
  toJSON(): string {
    return HIDDEN;
  }

  /**
   * For `console.log` and `util.inspect`.
   * @returns `[secret]`
   */
  [inspect.custom](): string {
    return HIDDEN;
  }
}

/**
 * The secret behind a reference, asked for anew on each call.
 *
 * @param reference where the secret is
 * @param resolver asked for every reference that is not inline; by default `process.env` and files are read here
 * @param what the beginning of the message when it cannot be read
 * @returns the secret in clear, never empty
 * @throws ConnectionsError `secret_unresolved`, naming the reference and never a value
 */
export async function resolveSecret(
  reference: SecretReference,
  resolver?: SecretResolver,
  what = 'A client secret',
): Promise<string> {
  const answer = await readSecret(reference, resolver);
  if ('secret' in answer) return answer.secret;
  throw new ConnectionsError('secret_unresolved', `${what} cannot be read: ${answer.why}.`);
}

type Answer = { readonly secret: string } | { readonly why: string };

async function readSecret(reference: SecretReference, resolver: SecretResolver | undefined): Promise<Answer> {
  if (reference.kind === 'inline') return present(reference.reveal(), 'the inline secret');
  const where = describeReference(reference);
  if (resolver === undefined) return read(reference, where);
  let answer: unknown;
  try {
    answer = await resolver(reference);
  } catch {
    // Nothing of what it threw is shown: the message may hold the secret.
    return { why: `the resolver threw an error for ${where}` };
  }
  if (typeof answer === 'string' && answer !== '') return { secret: answer };
  return { why: `the resolver returned ${answer === '' ? 'an empty text' : 'no text'} for ${where}` };
}

async function read(reference: StoredReference, where: string): Promise<Answer> {
  switch (reference.kind) {
    case 'env':
      return present(process.env[reference.name], where);
    case 'file':
      try {
        return present((await readFile(reference.path, 'utf8')).replace(/\r?\n$/, ''), where);
      } catch (error) {
        return { why: `${where} cannot be read (${reasonCode(error)})` };
      }
    case 'arn':
      return { why: `${where} needs a resolver: give \`new Connections\` the option \`resolveSecret\`` };
  }
}

function present(secret: string | undefined, where: string): Answer {
  if (secret === undefined) return { why: `${where} is not set` };
  return secret === '' ? { why: `${where} is empty` } : { secret };
}

/** For messages: the name of the reference, never a secret. */
export function describeReference(reference: StoredReference): string {
  switch (reference.kind) {
    case 'env':
      return `the variable ${quote(reference.name)}`;
    case 'file':
      return `the file ${quote(reference.path, 300)}`;
    case 'arn':
      return `the AWS secret ${quote(reference.arn, 300)}`;
  }
}
