/** Another program may have written anything for when tokens were given, changed or expire: that costs nobody the tokens of a refresh. */
import { describeEachEngine } from '../setup/database';
import { OddRows, oddCases } from '../setup/odd-rows';
import { itHasNewTokens, oddInstants } from './odd-values';

const cases = oddCases([
  ['expiresAt', oddInstants],
  ['createdAt', oddInstants],
  ['updatedAt', oddInstants],
  ['grantedAt', [...oddInstants, null]],
]);

describeEachEngine('A row in which another program has written', (engine) => {
  const rows = new OddRows(engine, cases);

  itHasNewTokens(rows, cases);
});
