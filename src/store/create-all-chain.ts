/**
 * Runs every class's own `createAll`, from the base to the most derived, as constructors run: a subclass that forgets
 * `super.createAll()` skips nothing, and one that calls it runs nothing twice.
 *
 * `super.createAll` calls the method of the class above directly, so that method itself must know whether it has run:
 * each prototype's own method is replaced once, by a wrapper that remembers this for each instance and run of the chain.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { ConnectionsError, describeError, detailsOfError, quote } from '../errors';

/** One run of the chain on one instance. */
interface Pass {
  readonly store: object;
  readonly context: unknown;
  readonly ran: Map<object, Promise<void>>;
  /** The run of another store whose `createAll` started this one. */
  readonly outer: Pass | undefined;
}

type CreateAll = (this: object, context: unknown) => Promise<void> | void;

const passes = new WeakMap<object, Pass>();
const replaced = new WeakSet<CreateAll>();
const running = new AsyncLocalStorage<Pass>();

/** Of all stores. At zero `running` is disabled: on Node.js 20 and 22 it would slow down every await of the process. */
let chains = 0;

/**
 * Runs the chain on an instance.
 * @param store the instance
 * @param base the class whose `createAll` comes first; its errors are passed on as they are
 * @param context given to every class's `createAll`, whatever a subclass passes to `super.createAll`
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
  const pass: Pass = { store, context, ran: new Map(), outer: running.getStore() };
  passes.set(store, pass);
  chains += 1;
  try {
    await running.run(pass, () => runEach(chain, pass, base));
  } finally {
    passes.delete(store);
    chains -= 1;
    if (chains === 0) running.disable();
  }
}

/** Whether the caller was called from a `createAll` of that instance that has not ended. */
export function isRunningCreateAll(store: object): boolean {
  for (let pass = running.getStore(); pass !== undefined; pass = pass.outer) {
    // Compared by run, not by store: work that an earlier run left behind, such as a timer, still carries that run.
    if (pass === passes.get(store)) return true;
  }
  return false;
}

async function runEach(
  chain: readonly object[],
  { store, context }: Pass,
  base: { prototype: object },
): Promise<void> {
  for (const prototype of chain) {
    try {
      await (prototype as { createAll: CreateAll }).createAll.call(store, context);
    } catch (error) {
      throw prototype === base.prototype ? error : createAllFailed(prototype.constructor.name, error);
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

/** Wraps the prototype's own `createAll`; false when it has none. */
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
    `${className} defines createAll as a field, which hides the methods of the classes above it. Write a method: ` +
      '`protected override async createAll(context) { ... }`.',
  );
}

function outsideInitialize(className: string): ConnectionsError {
  return new ConnectionsError(
    'create_all_outside_initialize',
    `${className}.createAll was called directly. Call \`await store.initialize()\` instead: it connects, runs the ` +
      'createAll of every class in order, and syncs.',
  );
}

/** Keeps the code of a `ConnectionsError`, which a host may switch on, and names the class in every case. */
function createAllFailed(className: string, cause: unknown): ConnectionsError {
  const who = className === '' ? 'A class without a name' : quote(className);
  const message = (why: string) => `${who} could not create its tables: ${why}`;
  if (!(cause instanceof ConnectionsError)) {
    return new ConnectionsError('create_all_failed', message(describeError(cause)), { cause });
  }
  return new ConnectionsError(cause.code, message(cause.message), { ...detailsOfError(cause), cause });
}
