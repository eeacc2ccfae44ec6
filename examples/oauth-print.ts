/** Prints what `oauth-flow.ts` shows: steps, sentences, addresses and rows, without any secret that is in them. */
import type { MetadataStore } from 'mcp-connections';
import { UserConnectionToken } from 'mcp-connections';

/** Parameters of an address that somebody could use. */
const SECRET: ReadonlySet<string> = new Set(['state', 'code']);
const WIDTH = 26;

export function step(number: number, ...sentences: readonly string[]): void {
  console.log(`\n${number}. ${sentences.join('\n   ')}\n`);
}

export function say(sentence: string): void {
  console.log(`\n  ${sentence}\n`);
}

export function show(name: string, value: string): void {
  console.log(`  ${name.padEnd(WIDTH)}${value}`);
}

export function showAddress(address: string): void {
  const url = new URL(address);
  console.log(`  ${url.origin}${url.pathname}`);
  for (const [name, value] of url.searchParams) {
    show(`  ${name}`, SECRET.has(name) ? `${value.length} characters` : value);
  }
}

/** The one row of tokens that there is. */
export async function showRow(store: MetadataStore): Promise<void> {
  const [row] = await store.dataSource.getRepository(UserConnectionToken).find();
  if (!row) throw new Error('There is no row of tokens');
  show('user_id', row.userId);
  show('connection_name', row.connectionName);
  show('access_token_encrypted', shortened(row.accessTokenEncrypted));
  show('refresh_token_encrypted', shortened(row.refreshTokenEncrypted ?? ''));
  show('status', row.status);
  show('generation', String(row.generation));
  show('expires_at', `${row.expiresAt?.toISOString()}, ${tense(row.expiresAt)}`);
}

export function shortened(ciphertext: string): string {
  return `${ciphertext.slice(0, 12)}… (${ciphertext.length} characters)`;
}

function tense(instant: Date | null): string {
  return instant !== null && instant.getTime() > Date.now() ? 'in the future' : 'in the past';
}
