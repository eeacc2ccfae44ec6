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
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'arn'; readonly arn: string }
  | InlineSecret;

/** What a host gives to fetch a secret that is not inline. */
export type SecretResolver = (reference: Exclude<SecretReference, InlineSecret>) => string | Promise<string>;

/** A secret written in the declaration itself; it prints as `[secret]` everywhere. */
export class InlineSecret {
  readonly kind = 'inline';
  readonly #value: string;

  /** @param value the secret, kept out of every property */
  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/**
 * The secret behind a reference, asked for anew on each call.
 *
 * @param reference where the secret is
 * @param resolver asked for every reference that is not inline; by default variables and files are read here
 * @throws ConnectionsError `secret_unresolved`, naming the reference and never a value
 */
export async function resolveSecret(reference: SecretReference, resolver?: SecretResolver): Promise<string> {
  if (reference.kind === 'inline') {
    return present(reference.reveal(), 'the inline secret');
  }
  const where = describeReference(reference);
  if (resolver === undefined) {
    return present(await read(reference, where), where);
  }
  let answer: unknown;
  try {
    answer = await resolver(reference);
  } catch {
    throw unresolved(`${where}: the resolver given as resolveSecret threw an error`);
  }
  return present(answer, `${where}, by the resolver given as resolveSecret,`);
}

async function read(
  reference: Exclude<SecretReference, InlineSecret>,
  where: string,
): Promise<string | undefined> {
  switch (reference.kind) {
    case 'env':
      return process.env[reference.name];
    case 'file':
      try {
        return (await readFile(reference.path, 'utf8')).replace(/\r?\n$/, '');
      } catch (error) {
        throw unresolved(`${where} cannot be read (${reasonCode(error)})`);
      }
    case 'arn':
      throw unresolved(`${where} needs a resolver of the host's: pass resolveSecret`);
  }
}

function present(answer: unknown, where: string): string {
  if (typeof answer !== 'string') {
    throw unresolved(`${where} gave no text`);
  }
  if (answer === '') {
    throw unresolved(`${where} gave an empty text`);
  }
  return answer;
}

function describeReference(reference: Exclude<SecretReference, InlineSecret>): string {
  switch (reference.kind) {
    case 'env':
      return `the variable ${quote(reference.name)}`;
    case 'file':
      return `the file ${quote(reference.path, 300)}`;
    case 'arn':
      return `the ARN ${quote(reference.arn, 300)}`;
  }
}

function unresolved(message: string): ConnectionsError {
  return new ConnectionsError('secret_unresolved', `A client secret could not be resolved: ${message}.`);
}
