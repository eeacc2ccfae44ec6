/** Which conditions have refused a statement alone: one that the SQL lacked would have let that statement through. */
import { put } from './database';
import { type Statement, ofFlows, ofRows } from './statements';
import type { Flow, Row } from './rows';
import type { World } from './world';
import type { Putting, Setting, StatementWant } from './writer';

export class Refusals {
  /** As `<statement>.<condition>`. */
  readonly alone = new Set<string>();

  of({ rows, flows }: World, { name, given }: StatementWant): void {
    const { conditions } = { ...ofRows, ...ofFlows }[name] as Statement<Row | Flow, unknown>;
    const targets: readonly (Row | Flow)[] = name in ofFlows ? flows : rows;
    const missing = (target: Row | Flow) =>
      Object.keys(conditions).filter((one) => !conditions[one]?.(target, given));
    const refused = targets.map(missing);
    // It touched something.
    if (refused.some(({ length }) => length === 0)) return;
    for (const [only, ...others] of refused) if (others.length === 0) this.alone.add(`${name}.${only}`);
  }

  ofPut(world: World, given: Putting, setting: Setting): void {
    const { result } = put(world, given, setting);
    const isPutOtherwise = put(world, { ...given, flow: null }, setting).result === 'put';
    if (result === 'ended' && isPutOtherwise) this.alone.add('put.flow');
    if (result !== 'changed') return;
    const { over, values, grant } = given;
    if (over) this.of(world, { do: 'statement', name: 'replace', given: { seen: over, values, grant } });
    else this.alone.add('insert.unique key');
  }
}
