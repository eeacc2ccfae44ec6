/** Worlds and rows as texts, so that those which cannot be told apart are found. Each part is written once. */
import type { Row } from './rows';
import type { World } from './world';

const texts = new WeakMap<object, string>();

/** Equal for two worlds that cannot be told apart. */
export function textOf(world: World): string {
  const { rows, flows, grants, messages, strays, processes, removals, time, offset, excuses, violation } =
    world;
  const lists = [rows, flows, grants, messages, strays, processes, removals];
  return `${lists.map((list) => list.map(partText).join()).join('|')}|${time}|${offset}|${excuses.join()}|${violation}`;
}

function partText(part: object): string {
  const known = texts.get(part);
  if (known !== undefined) return known;
  // What a process is to do is the same in every world of a suite.
  const text = JSON.stringify('writer' in part ? { ...part, writer: undefined } : part);
  texts.set(part, text);
  return text;
}

/** The same text for two rows that have the same columns. */
export function isSame(one: Row | null, other: Row | null): boolean {
  return one === other || (one !== null && other !== null && partText(one) === partText(other));
}
