import { describe, expect, it } from 'vitest';
import { ConnectionsError } from '../../src';
import { isRunningCreateAll, runCreateAllChain } from '../../src/store/create-all-chain';

/** A base like the store's, whose classes note the order in which they ran. */
class Base {
  readonly ran: string[] = [];
  async createAll(_context?: unknown): Promise<void> {
    await this.note('Base');
  }
  protected async note(name: string): Promise<void> {
    await Promise.resolve();
    this.ran.push(name);
  }
}

async function ranOn(store: Base): Promise<string[]> {
  await runCreateAllChain(store, Base, undefined);
  return store.ran;
}

describe('runCreateAllChain', () => {
  it('runs the base alone', async () => {
    expect(await ranOn(new Base())).toEqual(['Base']);
  });

  it('skips nothing when a subclass forgets super', async () => {
    class Forgets extends Base {
      override async createAll() {
        await this.note('Forgets');
      }
    }
    expect(await ranOn(new Forgets())).toEqual(['Base', 'Forgets']);
  });

  it('runs nothing twice when a subclass calls super', async () => {
    class Calls extends Base {
      override async createAll() {
        await super.createAll();
        await this.note('Calls');
      }
    }
    expect(await ranOn(new Calls())).toEqual(['Base', 'Calls']);
  });

  it('passes over a class that has no createAll of its own', async () => {
    class Between extends Base {}
    class Last extends Between {
      override async createAll() {
        await this.note('Last');
      }
    }
    expect(await ranOn(new Last())).toEqual(['Base', 'Last']);
  });

  const mixes = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => [1, 2, 4].map((bit) => (bits & bit) !== 0));
  it.each(mixes)(
    'runs three levels once each, from the base down (super called: %s, %s, %s)',
    async (b, c, d) => {
      class B extends Base {
        override async createAll() {
          if (b) await super.createAll();
          await this.note('B');
        }
      }
      class C extends B {
        override async createAll() {
          if (c) await super.createAll();
          await this.note('C');
        }
      }
      class D extends C {
        override async createAll() {
          if (d) await super.createAll();
          await this.note('D');
        }
      }
      expect(await ranOn(new D())).toEqual(['Base', 'B', 'C', 'D']);
      expect(await ranOn(new C())).toEqual(['Base', 'B', 'C']);
    },
  );

  it('gives every class the same context, whatever a subclass hands to super', async () => {
    const seen: unknown[] = [];
    class Inner extends Base {
      override async createAll(context: unknown) {
        seen.push(context);
      }
    }
    class Outer extends Inner {
      override async createAll(context: unknown) {
        await super.createAll('something else');
        seen.push(context);
      }
    }
    await runCreateAllChain(new Outer(), Base, 'the context');
    expect(seen).toEqual(['the context', 'the context']);
  });

  it('accepts a createAll that returns nothing, and a super call that is not awaited', async () => {
    class Synchronous extends Base {
      override createAll(): Promise<void> {
        void super.createAll();
        this.ran.push('Synchronous');
        return undefined as unknown as Promise<void>;
      }
    }
    expect(await ranOn(new Synchronous())).toEqual(['Base', 'Synchronous']);
  });

  it('runs again on the same instance, and on two instances at once', async () => {
    class Sub extends Base {
      override async createAll() {
        await super.createAll();
        await this.note('Sub');
      }
    }
    const [one, two] = [new Sub(), new Sub()];
    await Promise.all([ranOn(one), ranOn(two)]);
    await ranOn(one);
    expect([one.ran, two.ran]).toEqual([
      ['Base', 'Sub', 'Base', 'Sub'],
      ['Base', 'Sub'],
    ]);
  });

  it('stops at a failure in the middle, and names the class that failed', async () => {
    class Fails extends Base {
      override async createAll() {
        await this.note('Fails');
        throw new Error('no such role');
      }
    }
    class Never extends Fails {
      override async createAll() {
        await this.note('Never');
      }
    }
    const store = new Never();
    const failure = await runCreateAllChain(store, Base, undefined).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'create_all_failed', cause: new Error('no such role') });
    expect((failure as Error).message).toBe('"Fails" could not create its tables: no such role');
    expect(store.ran).toEqual(['Base', 'Fails']);
  });

  it('passes an error of the base on as it is', async () => {
    const error = new ConnectionsError('migration_failed', 'no disk');
    class BrokenBase extends Base {
      override async createAll() {
        throw error;
      }
    }
    class Sub extends BrokenBase {
      override async createAll() {
        await this.note('Sub');
      }
    }
    const store = new Sub();
    await expect(runCreateAllChain(store, BrokenBase, undefined)).rejects.toBe(error);
    expect(store.ran).toEqual([]);
  });

  it('refuses an override that is a field, and says how to write it', async () => {
    class AsField extends Base {
      override createAll = async () => {};
    }
    await expect(ranOn(new AsField())).rejects.toMatchObject({
      code: 'create_all_not_a_method',
      message: expect.stringContaining('AsField defines createAll as a field'),
    });
  });

  it('refuses an override that is an accessor', async () => {
    class AsAccessor extends Base {}
    Object.defineProperty(AsAccessor.prototype, 'createAll', { get: () => async () => {} });
    await expect(ranOn(new AsAccessor())).rejects.toMatchObject({ code: 'create_all_not_a_method' });
  });

  it('refuses createAll called by itself', async () => {
    const store = new Base();
    await ranOn(store);
    expect(() => store.createAll()).toThrow(
      expect.objectContaining({ code: 'create_all_outside_initialize' }),
    );
  });
});

describe('isRunningCreateAll', () => {
  /** Asks about itself, or another store, once it is told to go on. */
  class Asks extends Base {
    answer: boolean | undefined;
    constructor(
      readonly goOn: Promise<void>,
      readonly about?: object,
    ) {
      super();
    }
    override async createAll() {
      await this.goOn;
      this.answer = isRunningCreateAll(this.about ?? this);
    }
  }
  const atOnce = Promise.resolve();

  it('is true within the createAll of that instance alone, in every run', async () => {
    const store = new Asks(atOnce);
    expect(isRunningCreateAll(store)).toBe(false);
    for (let run = 0; run < 2; run += 1) {
      store.answer = undefined;
      await ranOn(store);
      expect([store.answer, isRunningCreateAll(store)]).toEqual([true, false]);
    }
    const stranger = new Asks(atOnce, store);
    await Promise.all([ranOn(stranger), ranOn(store)]);
    expect(stranger.answer).toBe(false);
  });

  it('stays true for one store when the createAll of another has ended meanwhile', async () => {
    const { promise, resolve } = withResolvers();
    const [slow, quick] = [new Asks(promise), new Asks(atOnce)];
    const running = ranOn(slow);
    await ranOn(quick);
    resolve();
    await running;
    expect([slow.answer, quick.answer]).toEqual([true, true]);
  });

  it('is true for a store whose createAll starts the one that asks', async () => {
    class Starts extends Base {
      readonly inner = new Asks(atOnce, this);
      override async createAll() {
        await ranOn(this.inner);
      }
    }
    const store = new Starts();
    await ranOn(store);
    expect(store.inner.answer).toBe(true);
  });

  it('is false for work that an earlier run left behind, while a later one runs', async () => {
    const { promise: laterRun, resolve: inLaterRun } = withResolvers();
    class Leaves extends Base {
      left: Promise<boolean> | undefined;
      override async createAll() {
        if (this.left) {
          inLaterRun();
          await this.left;
        }
        this.left ??= laterRun.then(() => isRunningCreateAll(this));
      }
    }
    const store = new Leaves();
    await ranOn(store);
    await ranOn(store);
    expect(await store.left).toBe(false);
  });
});

function withResolvers() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
