/** Counts the tests of `node:test` in the fields that Jest and vitest count theirs in. */
export default async function* count(events) {
  const total = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  for await (const { type, data } of events) {
    if (!['test:pass', 'test:fail'].includes(type) || data.details.type === 'suite') continue;
    const { skip, todo } = data;
    if (skip !== undefined) total.numPendingTests += 1;
    else if (todo !== undefined) total.numTodoTests += 1;
    else total[type === 'test:pass' ? 'numPassedTests' : 'numFailedTests'] += 1;
  }
  yield JSON.stringify(total);
}
