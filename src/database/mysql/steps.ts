/** Steps in one transaction, on a connection of MariaDB or of MySQL. */
import { CommitFailure } from '../failure';
import type { Executed } from '../session';
import { undoneAfter } from '../session';
import type { RowValues, Statement, Step } from '../statement';
import { isRequired } from '../statement';
import { commitUnless } from './autocommit';
import type { Answer, Header, MysqlClient } from './client';
import { orCommitFailure } from './dialect';
import { withLockLimit } from './lock-limits';

export type Send = (statement: Statement) => Promise<Answer>;

/**
 * On MariaDB: all of it is one compound statement, whose last result says how many steps were carried out, and with one digit for
 * each change, after a sign, whether it changed a row.
 * @param waitMs how long each waits for a lock
 */
export async function inOneTrip(steps: readonly Step[], waitMs: number, send: Send): Promise<Executed> {
  const texts = steps.map((step, index) => {
    if (step.isRead) return `${step.sql};`;
    const note = 'SET changed = CONCAT(changed, ROW_COUNT() > 0);';
    if (step.isOptional) return `${step.sql}; ${note}`;
    return `${step.sql}; IF ROW_COUNT() = 0 THEN ROLLBACK; SELECT ${index}; LEAVE work; END IF; SET changed = CONCAT(changed, 1);`;
  });
  const body = `START TRANSACTION; ${texts.join(' ')} COMMIT; SELECT ${steps.length}, changed;`;
  // A VARCHAR, and one limit around the whole: with many steps, a TEXT and a limit around each step would cost a third of the time.
  // It begins with a sign, since a server with EMPTY_STRING_IS_NULL turns an empty text into NULL.
  const declared = `DECLARE changed VARCHAR(${steps.length + 1}) DEFAULT '-'`;
  const sql = withLockLimit(`BEGIN NOT ATOMIC work: BEGIN ${declared}; ${body} END; END`, waitMs);
  const parameters = steps.flatMap((step) => step.parameters ?? []);
  try {
    // The last of the results is the server's word on the whole, and no rows.
    const results = (await send({ sql, parameters })) as unknown as readonly (readonly RowValues[])[];
    const [completed, digits] = results.at(-2)?.[0] ?? [];
    if (Number(completed) < steps.length) return undoneAfter(Number(completed));
    let [read, change] = [0, 1];
    return {
      completed: steps.length,
      rows: steps.map(({ isRead }) => (isRead ? (results[read++] ?? []) : [])),
      changed: steps.map(({ isRead }) => !isRead && String(digits)[change++] === '1'),
    };
  } catch (error) {
    await send({ sql: 'ROLLBACK' }).catch(() => undefined);
    return orCommitFailure(error);
  }
}

/** On MySQL: one statement after another. */
export async function oneByOne(steps: readonly Step[], send: Send): Promise<Executed> {
  const rows: (readonly RowValues[])[] = [];
  const changed: boolean[] = [];
  try {
    await send({ sql: 'START TRANSACTION' });
    for (const step of steps) {
      const answer = await send(step);
      const isChanged = !step.isRead && (answer as Header).affectedRows > 0;
      if (isRequired(step) && !isChanged) break;
      rows.push(step.isRead ? (answer as readonly RowValues[]) : []);
      changed.push(isChanged);
    }
    if (rows.length < steps.length) await send({ sql: 'ROLLBACK' });
  } catch (error) {
    await send({ sql: 'ROLLBACK' }).catch(() => undefined);
    throw error;
  }
  if (rows.length < steps.length) return undoneAfter(rows.length);
  try {
    await send({ sql: 'COMMIT' });
  } catch (error) {
    // If the connection was cut, this round trip lets the driver notice.
    await send({ sql: 'ROLLBACK' }).catch(() => undefined);
    throw new CommitFailure(error);
  }
  return { completed: rows.length, rows, changed };
}

/** A single statement, which the server commits by itself. */
export async function executeOne(client: MysqlClient, step: Step, send: Send): Promise<Executed> {
  const answer = await (step.isRead ? send(step) : send(step).catch(orCommitFailure));
  if (!('serverStatus' in answer)) return { completed: 1, rows: [answer], changed: [false] };
  await commitUnless(client, answer);
  const isChanged = answer.affectedRows > 0;
  if (!isChanged && isRequired(step)) return undoneAfter(0);
  return { completed: 1, rows: [[]], changed: [isChanged] };
}
