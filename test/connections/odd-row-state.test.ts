/** Another program may have written anything over what a refresh keeps in its row, such as a lease or a doubt: that costs nobody the tokens of the next. */
import { describeEachEngine } from '../setup/database';
import { OddRows, oddCases } from '../setup/odd-rows';
import { itHasNewTokens, oddInstants } from './odd-values';

const reasons = ['', 'ä', '-', 'two\nlines', 'constructor', 'unknown_reason'];

const cases = oddCases([
  ['leaseExpiresAt', [...oddInstants, null]],
  ['refusedSince', oddInstants],
  ['statusReason', reasons],
  ['doubt', reasons],
  ['generation', [0, 5, 2_000_000_000, -1]],
  ['claimedGeneration', [0, 5, 2_000_000_000, -1]],
]);

describeEachEngine('A row in which another program has written', (engine) => {
  const rows = new OddRows(engine, cases);

  itHasNewTokens(rows, cases);
});
