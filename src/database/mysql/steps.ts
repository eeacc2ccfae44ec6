/** Steps in one transaction, on a connection of MariaDB or of MySQL. */
import { CommitFailure } from '../failure';
import type { Executed } from '../session';
import type { RowValues, Statement, Step } from '../statement';
import { commitUnless } from './autocommit';
import type { Answer, Header, MysqlClient } from './client';
import { orCommitFailure } from './failure';

export type Send = (statement: Statement) => Promise<Answer>;

/** On MariaDB: all of it is one compound statement, whose last result says how many steps were carried out. */
export async function inOneTrip(steps: readonly Step[], send: Send): Promise<Executed> {
  const texts = steps.map(({ sql, isRead }, index) =>
    isRead ? `${sql};` : `${sql}; IF ROW_COUNT() = 0 THEN ROLLBACK; SELECT ${index}; LEAVE work; END IF;`,
  );
  const body = `START TRANSACTION; ${texts.join(' ')} COMMIT; SELECT ${steps.length};`;
  const sql = `BEGIN NOT ATOMIC work: BEGIN ${body} END; END`;
  const parameters = steps.flatMap((step) => step.parameters ?? []);
  try {
    // The last of the results is the server's word on the whole, and no rows.
    const results = (await send({ sql, parameters })) as unknown as readonly (readonly RowValues[])[];
    const completed = Number(results.at(-2)?.[0]?.[0]);
    if (completed < steps.length) return { completed, rows: [] };
    let read = 0;
    return { completed, rows: steps.map(({ isRead }) => (isRead ? (results[read++] ?? []) : [])) };
  } catch (error) {
    await send({ sql: 'ROLLBACK' }).catch(() => undefined);
    return orCommitFailure(error);
  }
}

/** On MySQL: one statement after another. */
export async function oneByOne(steps: readonly Step[], send: Send): Promise<Executed> {
  const rows: (readonly RowValues[])[] = [];
  try {
    await send({ sql: 'START TRANSACTION' });
    for (const step of steps) {
      const answer = await send(step);
      if (!step.isRead && (answer as Header).affectedRows === 0) break;
      rows.push(step.isRead ? (answer as readonly RowValues[]) : []);
    }
    if (rows.length < steps.length) await send({ sql: 'ROLLBACK' });
  } catch (error) {
    await send({ sql: 'ROLLBACK' }).catch(() => undefined);
    throw error;
  }
  if (rows.length < steps.length) return { completed: rows.length, rows: [] };
  try {
    await send({ sql: 'COMMIT' });
  } catch (error) {
    // If the connection was cut, this round trip lets the driver notice.
    await send({ sql: 'ROLLBACK' }).catch(() => undefined);
    throw new CommitFailure(error);
  }
  return { completed: rows.length, rows };
}

/** A single statement, which the server commits by itself. */
export async function alone(client: MysqlClient, step: Step, send: Send): Promise<Executed> {
  const answer = await (step.isRead ? send(step) : send(step).catch(orCommitFailure));
  if (!('serverStatus' in answer)) return { completed: 1, rows: [answer] };
  await commitUnless(client, answer);
  return answer.affectedRows === 0 ? { completed: 0, rows: [] } : { completed: 1, rows: [[]] };
}
