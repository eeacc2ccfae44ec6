/** Everything that could be printed of what a program is told, and the secrets that must not be in it. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

/** Secrets of a run, each a text that occurs nowhere else. */
export class Secrets {
  private readonly texts = new Map<string, string>();

  /** A new secret; its name says what it is when it is found. */
  make(name: string): string {
    return this.add(name, `${name}-${randomBytes(12).toString('hex')}`);
  }

  /** A secret that was made elsewhere. */
  add(name: string, text: string | null | undefined): string {
    if (text === null || text === undefined || text.length < 16) throw new Error(`${name} is no secret`);
    this.texts.set(text, name);
    return text;
  }

  /** The names of those that occur in a text, in clear or in an encoding. */
  in(printed: string): string[] {
    const found = [...this.texts].filter(([text]) => spellings(text).some((one) => printed.includes(one)));
    return found.map(([, name]) => name);
  }
}

function spellings(text: string): string[] {
  const bytes = Buffer.from(text);
  const key = Buffer.from(text, 'base64');
  const whole = [
    text,
    encodeURIComponent(text),
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, ''),
  ];
  // A key, as a buffer is printed.
  return key.length === 32
    ? [...whole, key.toString('hex'), (key.toString('hex').match(/../g) ?? []).join(' ')]
    : whole;
}

/** @param depth of what is printed; objects that hold a database driver are endless */
export function everyWay(value: unknown, depth: number | null = null): string {
  const own =
    value instanceof Error ? [value.message, value.stack, everyWay(value.cause), String(value)] : [];
  return [
    ...own,
    inspect(value, { depth, showHidden: true, getters: true, maxStringLength: null }),
    json(value),
  ].join('\n');
}

function json(value: unknown): string {
  const seen = new WeakSet<object>();
  const plain = (_key: string, one: unknown) => {
    if (typeof one === 'bigint') return String(one);
    if (typeof one !== 'object' || one === null) return one;
    if (seen.has(one)) return '[again]';
    seen.add(one);
    return one instanceof Error
      ? { ...Object.fromEntries(Object.entries(one)), message: one.message, cause: one.cause }
      : one;
  };
  return JSON.stringify(value, plain) ?? '';
}
