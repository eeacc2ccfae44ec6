/** Gives an existing table our columns, and their values our form; each step does only what is not done yet. */
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { convertInstants, fillNulls, makeRoom } from './convert';
import { columnDiffers, missingColumns } from './difference';
import type { FoundTable } from './record';
import { emptyTable, readTable, tooLongFor } from './rows';

/** Columns that keep their type, as far as that is known already. */
export interface KeptColumns {
  readonly held: ReadonlySet<string>;
  readonly tooLong: ReadonlySet<string>;
}

const NONE: KeptColumns = { held: new Set(), tooLong: new Set() };

/** Gives the table our columns, and its values our form. */
export async function reshape(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
  kept: KeptColumns = NONE,
): Promise<void> {
  const { target, own } = table;
  if (own.shortLived) {
    const count = await emptyTable(context, target.name);
    if (count > 0) {
      context.log(
        'warn',
        `Unfinished authorizations of another program were deleted: ${count}. Their users have to start connecting again.`,
      );
    }
  }
  const first = await readTable(context, table);
  const added = missingColumns(first, target).map((column) => {
    const nullable = column.clone();
    nullable.isNullable = column.default === undefined;
    return nullable;
  });
  if (added.length > 0) await context.queryRunner.addColumns(first, added);
  const present = added.length > 0 ? await readTable(context, table) : first;
  await makeRoom(context, table, present);
  await convertInstants(context, table, before);
  await fillNulls(context, table);
  await retype(context, table, kept);
}

/** Changes columns whose type, length, nullability or collation differs from ours, except where that is impossible. */
async function retype(context: MigrationContext, table: ResolvedTable, kept: KeptColumns): Promise<void> {
  const { queryRunner, schema } = context;
  const present = await readTable(context, table);
  const shape = await schema.shapeOf(queryRunner, table.target.name);
  const wrong = table.target.columns
    .filter(({ name }) => !kept.held.has(name))
    .map((to) => ({ from: present.findColumnByName(to.name), to }))
    .flatMap(({ from, to }) => (from && columnDiffers(context, from, shape, to) ? [{ from, to }] : []));
  const found = await tooLongFor(
    context,
    present.name,
    wrong.map(({ to }) => to),
  );
  const tooLong = new Set([...kept.tooLong, ...found]);
  for (const name of tooLong) {
    context.log(
      'warn',
      `Column ${quote(name)} of ${quote(present.name)} contains text longer than our limit, so the column keeps its length. ` +
        'Nothing has to be done.',
    );
  }
  const changes = wrong.map(({ from, to }) => {
    if (!tooLong.has(to.name)) return { from, to };
    return { from, to: Object.assign(to.clone(), schema.wideType(from)) };
  });
  if (changes.length === 0) return;
  const held = await schema.retype(queryRunner, present, changes);
  for (const name of held) {
    context.log(
      'warn',
      `Column ${quote(name)} of ${quote(present.name)} is used by a foreign key and keeps its type and collation. Values ` +
        'that this collation treats as equal, such as "ada" and "Ada", conflict in unique keys (as in `account_taken`). To ' +
        'prevent that, drop the foreign key and change the column to a binary collation such as utf8mb4_bin.',
    );
  }
}
