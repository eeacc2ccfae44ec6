/**
 * Reads a JSON text, comments and trailing commas allowed, and says where it is wrong or says a key twice.
 * Decides what is JSON and never what it means; no message quotes the text.
 */
import { printParseErrorCode, visit } from 'jsonc-parser';

export const MAX_TEXT_BYTES = 64 * 1024 * 1024;
const MAX_DEPTH = 256;

type RefusalCode = 'invalid_json' | 'too_large';

export type JsonReading =
  | {
      readonly ok: true;
      /** `undefined` when the text holds no value; a key `__proto__` is a key like any other. */
      readonly value: unknown;
      /** The keys that an object has twice (the last one counts), outermost first. */
      readonly duplicates: readonly (readonly (string | number)[])[];
    }
  | { readonly ok: false; readonly code: RefusalCode; readonly message: string };

/**
 * Reads one JSON text.
 *
 * @param text at most 64 MiB as UTF-8; a byte order mark is tolerated
 */
export function readJson(text: string): JsonReading {
  if (text.length > MAX_TEXT_BYTES || Buffer.byteLength(text) > MAX_TEXT_BYTES) {
    return { ok: false, code: 'too_large', message: tooLarge() };
  }
  const builder = new Builder();
  try {
    visit(text.startsWith('\uFEFF') ? text.slice(1) : text, visitorOf(builder), {
      allowTrailingComma: true,
      allowEmptyContent: true,
    });
  } catch (error) {
    return error instanceof Refusal
      ? { ok: false, code: error.code, message: error.message }
      : { ok: false, code: 'invalid_json', message: 'found a text that cannot be read; it must be JSON' };
  }
  return { ok: true, value: builder.root, duplicates: builder.duplicates };
}

/** What is said of a text over the limit, wherever that is noticed. */
export function tooLarge(): string {
  return 'found a text over 64 MiB; at most 64 MiB are read';
}

type Visitor = Parameters<typeof visit>[1];

function visitorOf(builder: Builder): Visitor {
  const begin =
    (container: () => object): NonNullable<Visitor['onObjectBegin']> =>
    (_offset, _length, line, column) => {
      if (builder.depth >= MAX_DEPTH) {
        const message = `found more than ${MAX_DEPTH} levels of nesting ${position(line, column)}; `;
        throw new Refusal('too_large', `${message}at most ${MAX_DEPTH} are read`);
      }
      builder.open(container());
    };
  return {
    onObjectBegin: begin(() => ({})),
    onArrayBegin: begin(() => []),
    onObjectEnd: () => builder.close(),
    onArrayEnd: () => builder.close(),
    onObjectProperty: (name) => builder.name(name),
    onLiteralValue: (value) => builder.add(value),
    onError: (error, _offset, _length, line, column) => {
      const what = printParseErrorCode(error).replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
      const message = `found an error ${position(line, column)} (${what.toLowerCase()}); `;
      throw new Refusal(
        'invalid_json',
        `${message}it must be JSON, where comments and trailing commas are allowed`,
      );
    },
  };
}

function position(line: number, column: number): string {
  return `at line ${line + 1}, column ${column + 1}`;
}

class Refusal extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super(message);
  }
}

interface Level {
  readonly container: Record<string, unknown> | unknown[];
  key: string;
  repeated: Set<string> | undefined;
}

class Builder {
  root: unknown = undefined;
  readonly duplicates: (readonly (string | number)[])[] = [];
  readonly #levels: Level[] = [];

  get depth(): number {
    return this.#levels.length;
  }

  open(container: object): void {
    this.add(container);
    this.#levels.push({ container: container as Level['container'], key: '', repeated: undefined });
  }

  close(): void {
    this.#levels.pop();
  }

  add(value: unknown): void {
    const level = this.#levels.at(-1);
    if (level === undefined) {
      this.root = value;
    } else if (Array.isArray(level.container)) {
      level.container.push(value);
    } else if (level.key === '__proto__') {
      const own = { value, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(level.container, level.key, own);
    } else {
      level.container[level.key] = value;
    }
  }

  name(key: string): void {
    const level = this.#levels.at(-1);
    if (level === undefined) {
      return;
    }
    level.key = key;
    if (Object.hasOwn(level.container, key) && level.repeated?.has(key) !== true) {
      (level.repeated ??= new Set()).add(key);
      this.duplicates.push(this.#path());
    }
  }

  #path(): (string | number)[] {
    return this.#levels.map(({ container, key }) => (Array.isArray(container) ? container.length - 1 : key));
  }
}

/** An object of a JSON document, by key. */
export type PlainObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object as JSON means it: no list, `Map`, `Date`, promise, buffer and so on. */
export function isPlainObject(value: unknown): value is PlainObject {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** Whether an object has a field of its own; one that is null counts as absent. */
export function isGiven(object: PlainObject, key: string): boolean {
  return Object.hasOwn(object, key) && object[key] !== undefined && object[key] !== null;
}
