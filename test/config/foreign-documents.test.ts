/** What reading the files of other programs says, and that following it gives a document that is read. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import type { ParsedConnections } from '../../src/config/parse';
import { broken } from '../setup/broken';
import { brief } from './documents';
import { foreignDocuments, programs } from './foreign-documents';

const environment = {
  WEATHER_HOST: 'mcp.example.com',
  WEATHER_ID: 'c-1',
  WEATHER_SECRET: 'hunter2',
  TENANT: 'mcp',
};

const read = (document: unknown) => parseConnections(broken(document), { environment });

/** What becomes of each entry, and what is said of it. */
function outcomeOf(document: unknown): string[] {
  const parsed = read(document);
  return [...entriesOf(parsed), ...brief(parsed.problems)];
}

function entriesOf({ connections, skipped }: ParsedConnections): string[] {
  return [
    ...[...connections.values()].map(({ name, transport, authType, enabled }) => {
      return `read ${name}: ${transport}, ${authType}${enabled === null ? '' : `, enabled ${enabled}`}`;
    }),
    ...skipped.map(({ name, reason }) => `skipped ${name}: ${reason}`),
  ];
}

describe('a file of', () => {
  it.each(foreignDocuments)('%s is read, or refused with a hint', (_, { document, outcome }) => {
    expect(outcomeOf(document)).toEqual(outcome);
  });

  const corrected = foreignDocuments.filter(([, format]) => format.corrected !== undefined);

  it('each that has an error has a corrected form', () => {
    const refused = foreignDocuments.filter(([, { outcome }]) =>
      outcome.some((line) => line.startsWith('error ')),
    );
    expect(refused.filter(([, format]) => format.corrected === undefined)).toEqual([]);
  });

  it.each(corrected)('%s is read once it is written as the hints say', (_, format) => {
    expect(outcomeOf(format.corrected)).toEqual(format.meant);
  });

  it.each(foreignDocuments)('%s shows no secret and no value', (_, { document }) => {
    const messages = brief(read(document).problems).join('\n');
    expect(messages).not.toMatch(/hunter2|WEATHER|c-1|forecast|auth\.example|secrets\./);
  });

  it('each of thirty programs is among them', () => {
    expect(programs.length).toBeGreaterThanOrEqual(30);
  });
});

it('the example in the documentation is refused as another program has it, and read as it is written here', () => {
  const documentation = readFileSync(resolve(import.meta.dirname, '../../docs/document.md'), 'utf8');
  const section = documentation.split('## Files of other programs')[1] ?? '';
  const [theirs = '', ours = ''] = Array.from(section.matchAll(/^```json\n(.*?)^```/gms), ([, text]) => text);
  expect(outcomeOf(JSON.parse(theirs))).toEqual([
    'error unknown_field servers: found "servers"; did you mean "mcpServers"?',
  ]);
  expect(outcomeOf(JSON.parse(ours))).toEqual(['read linear: streamable-http, oauth2']);
});
