/** Fields of an entry with which other programs switch it on or off. */
import { describe, expect, it } from 'vitest';
import { entry, entryProblems, parseEntry } from './documents';

const unknown = (field: string) => `mcpServers.demo.${field}: found the unknown field "${field}"; `;
const OFF = 'it switches the connection off: write "enabled": false instead';

describe('a field that switches a connection', () => {
  it.each<[string, unknown]>([
    ['disabled', true],
    ['disabled', 'true'],
    ['disabled', '${DISABLED:-false}'],
    ['Disabled', 1],
    ['isDisabled', true],
    ['disbaled', true],
    ['off', 'yes'],
    ['inactive', 1],
    ['paused', true],
    ['enable', false],
    ['Enabled', false],
    ['enabeld', 'false'],
    ['isActive', false],
    ['active', 'no'],
    ['active', '${ACTIVE}'],
    ['on', 0],
    ['state', 'disabled'],
    ['status', 'Inactive'],
    ['dsiabled', '$OFF'],
    ['enabeld', '{{ON}}'],
  ])('off is an error: %s, %j', (field, value) => {
    expect(entryProblems(entry({ [field]: value }))).toEqual([`error unknown_field ${unknown(field)}${OFF}`]);
    expect(parseEntry(entry({ [field]: value })).connections.size).toBe(0);
  });

  it('off is what the message says when it is written so', () => {
    const parsed = parseEntry(entry({ enabled: false }));
    expect(parsed.problems).toEqual([]);
    expect(parsed.connections.get('demo')?.enabled).toBe(false);
  });

  it.each<[string, unknown]>([
    ['disabled', 'false'],
    ['isDisabled', 0],
    ['enable', true],
    ['active', 'yes'],
    ['state', 'active'],
    ['status', 'enabled'],
  ])('on is a warning that names the field: %s, %j', (field, value) => {
    expect(entryProblems(entry({ [field]: value }))).toEqual([
      `warning unknown_field ${unknown(field)}it is ignored: write "enabled" to switch the connection on or off`,
    ]);
    expect(parseEntry(entry({ [field]: value })).connections.get('demo')?.enabled).toBeNull();
  });

  it('that many programs write into each entry, "disabled": false, says nothing, unless ours contradicts it', () => {
    const severities = [{}, { enabled: true }, { enabled: false }].map((fields) =>
      parseEntry(entry({ disabled: false, ...fields })).problems.map(({ severity }) => severity),
    );
    expect(severities).toEqual([[], [], ['warning']]);
  });

  it.each<[string, unknown]>([
    ['enabled_at', '2026-01-01'],
    ['enabledBy', 'ann'],
    ['disabledBy', false],
    ['enabled_in', 1],
    ['disabled_ms', 5],
    ['disabled_at', null],
    ['enabledUi', false],
    ['tabled', true],
    ['unlabeled', true],
    ['on', ['push']],
    ['active', { from: 1 }],
    ['inactive', 30],
    ['state', 'connected'],
    ['status', 'beta'],
    ['paused', 'yesterday'],
  ])('is not meant by another word, or by what is no yes or no: %s, %j', (field, value) => {
    expect(entryProblems(entry({ [field]: value }))).toEqual([
      `warning unknown_field ${unknown(field)}it is ignored`,
    ]);
  });

  it('is named where it is misspelt, whatever it holds', () => {
    expect(entryProblems(entry({ enabeld: 'perhaps' }))).toEqual([
      `warning unknown_field ${unknown('enabeld')}did you mean "enabled"?`,
    ]);
  });

  it('off is a warning where ours says the same, and an error where it does not', () => {
    const severityOf = (enabled: unknown) =>
      parseEntry(entry({ disabled: true, enabled })).problems.map(({ severity }) => severity);
    expect([false, 'false', true, 'true'].map(severityOf)).toEqual([
      ['warning'],
      ['warning'],
      ['error'],
      ['error'],
    ]);
  });

  it('is found behind any number of fields that nobody knows', { tags: ['long'] }, () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`unknown${index}`, 1]));
    const parsed = parseEntry(entry({ ...many, disabled: true }));
    expect([...parsed.rejected]).toEqual(['demo']);
    expect(parsed.problems).toHaveLength(22);
  });

  it('is listed twenty times at most, however often it is there', () => {
    const spelt = Array.from({ length: 5_000 }, (_, index) => [
      '_'.repeat(index % 50) + 'disabled' + '-'.repeat(index / 50),
      1,
    ]);
    const short = spelt.filter(([field]) => String(field).length < 60);
    const parsed = parseEntry(entry(Object.fromEntries(short)));
    expect(short.length).toBeGreaterThan(1_000);
    expect([parsed.rejected.size, parsed.problems.length]).toEqual([1, 20]);
  });

  it.each(['x-disabled', '// disabled'])('is not meant by a field of the host, %s', (field) => {
    expect(entryProblems(entry({ [field]: true }))).toEqual([]);
  });

  it('is of no concern to a local program, which is skipped', () => {
    expect(entryProblems({ command: 'npx', disabled: true })).toEqual([]);
  });
});
