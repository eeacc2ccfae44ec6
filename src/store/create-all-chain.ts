/**
 * Runs every class's own `createAll`, from the base to the most derived, as constructors run: a subclass that forgets
 * `super.createAll()` skips nothing, and one that calls it runs nothing twice.
 *
 * `super.createAll` is bound to the method it was written against, so the method itself must know that it has run:
 * each prototype's own method is replaced, once, by one that remembers it for an instance and a pass.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ConnectionsError, describeError, quote } from '../errors';

/** One run of the chain on one instance. */
interface Pass {
  readonly context: unknown;
  readonly ran: Map<object, Promise<void>>;
}

type CreateAll = (this: object, context: unknown) => Promise<void> | void;

const passes = new WeakMap<object, Pass>();
const replaced = new WeakSet<CreateAll>();
const running = new AsyncLocalStorage<object>();

/**
 * Runs the chain on an instance.
 * @param store the instance
 * @param base the class whose `createAll` comes first; its errors are passed on as they are
 * @param context given to every class's `createAll`, whatever a subclass gives to `super.createAll`
 * @throws ConnectionsError `create_all_not_a_method`; `create_all_failed`, or the code of the `ConnectionsError` that was
 * thrown, naming the class whose own method threw
 */
export async function runCreateAllChain(
  store: object,
  base: { prototype: object },
  context: unknown,
): Promise<void> {
  const chain = prototypesOf(store, base.prototype).filter((prototype) => remember(prototype));
  if (Object.hasOwn(store, 'createAll')) throw notAMethod(store.constructor.name);
  passes.set(store, { context, ran: new Map() });
  try {
    await running.run(store, () => runEach(chain, store, base, context));
  } finally {
    passes.delete(store);
  }
}

/** Whether the caller was called from a `createAll` of that instance. */
export function isRunningCreateAll(store: object): boolean {
  return running.getStore() === store && passes.has(store);
}

async function runEach(
  chain: readonly object[],
  store: object,
  base: { prototype: object },
  context: unknown,
): Promise<void> {
  for (const prototype of chain) {
    try {
      await (prototype as { createAll: CreateAll }).createAll.call(store, context);
    } catch (error) {
      throw prototype === base.prototype ? error : failed(prototype.constructor.name, error);
    }
  }
}

/** From the base to the most derived. */
function prototypesOf(store: object, base: object): object[] {
  const prototypes: object[] = [];
  let prototype: object | null = Object.getPrototypeOf(store) as object | null;
  while (prototype !== null) {
    prototypes.unshift(prototype);
    if (prototype === base) break;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return prototypes;
}

/** Replaces the prototype's own method, if it has one. */
function remember(prototype: object): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'createAll');
  if (!descriptor) return false;
  const own: unknown = descriptor.value;
  if (typeof own !== 'function') throw notAMethod(prototype.constructor.name);
  if (replaced.has(own as CreateAll)) return true;
  const createAll: CreateAll = function (this: object) {
    const pass = passes.get(this);
    if (!pass) throw outsideInitialize(prototype.constructor.name);
    const run = pass.ran.get(prototype) ?? Promise.resolve((own as CreateAll).call(this, pass.context));
    pass.ran.set(prototype, run);
    return run;
  };
  replaced.add(createAll);
  Object.defineProperty(prototype, 'createAll', { ...descriptor, value: createAll });
  return true;
}

function notAMethod(className: string): ConnectionsError {
  return new ConnectionsError(
    'create_all_not_a_method',
    `${className} overrides createAll as a field. A field hides the classes above it; write it as a method: ` +
      '`protected override async createAll(context) { ... }`.',
  );
}

function outsideInitialize(className: string): ConnectionsError {
  return new ConnectionsError(
    'create_all_outside_initialize',
    `${className}.createAll was called by itself. Call \`await store.initialize()\`: it connects, runs every class's ` +
      'createAll in order, and syncs.',
  );
}

/** A code that a host switches on, as `migrations_pending`, is kept; the class is named in every case. */
function failed(className: string, cause: unknown): ConnectionsError {
  const who = className === '' ? 'A class without a name' : quote(className);
  const [code, why] =
    cause instanceof ConnectionsError
      ? [cause.code, cause.message]
      : (['create_all_failed', describeError(cause)] as const);
  return new ConnectionsError(code, `${who} could not create its tables: ${why}`, { cause });
}
