/** One process writes in Newfoundland, one reads in Nepal, across changes of daylight saving: the same instants. */
import type { Context } from '../context';
import type { Job, Outcomes } from '../job';
import type { Result } from '../result';
import { Findings } from '../result';

/** With the minutes that local time is behind UTC in January. */
const WRITER = { zone: 'America/St_Johns', offset: 210 };
const READER = { zone: 'Asia/Kathmandu', offset: -345 };

/** Around 2 o'clock in Newfoundland when an hour is left out (March) or comes twice (November). */
const changes = ['2025-03-09T05:30:00.000Z', '2025-11-02T04:30:00.000Z'];

export async function timeZones(context: Context): Promise<Result> {
  const findings = new Findings();
  const database = await context.database();
  const { connection } = database;
  const minutes = context.short ? [-60, 0, 60] : Array.from({ length: 17 }, (_, index) => (index - 8) * 15);
  const instants = changes.flatMap((change) =>
    minutes.map((minute) => new Date(Date.parse(change) + minute * 60_000 + 123).toISOString()),
  );
  findings.countRound(instants.length);
  findings.countFault(instants.length);

  const run = async <Given extends Job>(job: Given): Promise<Outcomes[Given['kind']]> => {
    const ending = await context.processes.run(job);
    if (ending.how !== 'answered') throw new Error(`The process ended as ${JSON.stringify(ending)}`);
    return ending.outcome;
  };
  const writer = await run({ kind: 'write-instants', connection, zone: WRITER.zone, instants });
  const reader = await run({ kind: 'read-instants', connection, zone: READER.zone });
  if (writer.offsetMinutes !== WRITER.offset || reader.offsetMinutes !== READER.offset) {
    findings.isWrong('a process was not where it should be');
  }
  for (const [index, instant] of instants.entries()) {
    const read = reader.read[index];
    if (!read) findings.isLost(`the row of ${instant}`);
    else if (read.connection !== instant || read.token !== instant) {
      findings.isWrong(`${instant} reads as ${read.connection} and ${read.token}`);
    }
  }

  const inTime = instants.toSorted((a, b) => Date.parse(a) - Date.parse(b));
  const columns = { connection_configs: 'created_at', user_connection_tokens: 'expires_at' };
  for (const [table, column] of Object.entries(columns)) {
    const rows = await database.send(`SELECT ${column} AS line FROM ${table} ORDER BY ${column}`);
    const sorted = rows.map(({ line }) => String(line));
    if (sorted.join() !== inTime.join()) findings.isWrong(`${table}: sorted as text is not sorted in time`);
  }
  return findings.result;
}
