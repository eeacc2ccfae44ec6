/** Writes the results of `node:test` as Jest and vitest write theirs, as far as they are counted. */
export default async function* results(events) {
  const assertionResults = [];
  for await (const { type, data } of events) {
    if (!['test:pass', 'test:fail'].includes(type) || data.details.type === 'suite') continue;
    const { name: fullName, skip, todo } = data;
    const passed = type === 'test:pass' ? 'passed' : 'failed';
    const status = skip !== undefined ? 'skipped' : todo !== undefined ? 'todo' : passed;
    assertionResults.push({ fullName, status });
  }
  yield JSON.stringify({ testResults: [{ name: 'node:test', assertionResults }] });
}
