/** docs/nestjs.md, word by word: its files in a new application, which is built, started, asked and ended. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

const project = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
let folder: string;

const environment = () => {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(NODE_ENV|VITEST|TEST|npm_)/.test(name),
  );
  const PATH = [join(project, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  return { ...Object.fromEntries(inherited), PATH };
};
const inFolder = async (command: string, ...words: string[]) =>
  run(command, words, { cwd: folder, env: environment() });

/** A block of code, and the file that the sentence before it names. */
interface Block {
  readonly language: string;
  readonly code: string;
  readonly file: string | undefined;
}

async function blocks(): Promise<Block[]> {
  const text = await readFile(join(project, 'node_modules/mcp-connections/docs/nestjs.md'), 'utf8');
  return [...text.matchAll(/(?:`([^`\n]+\.\w+)`[^\n`]*:\n\n)?```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, file, language = '', code = '']) => ({ file, language, code }),
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(project, 'app-'));
  const made = [basename(folder), '--skip-install', '--skip-git', '--package-manager', 'npm'];
  await run('nest', ['new', ...made, '--directory', basename(folder)], { cwd: project, env: environment() });
  for (const file of ['app.controller.ts', 'app.controller.spec.ts', 'app.service.ts'])
    await rm(join(folder, 'src', file));
  let others = 0;
  for (const { file, language, code } of await blocks()) {
    if (language === 'sh' && code.startsWith('echo')) await inFolder('bash', '-c', code);
    else if (language === 'json') await writeFile(join(folder, 'connections.json'), code);
    else if (language === 'ts') await writeFile(join(folder, file ?? `src/other-${++others}.ts`), code);
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('docs/nestjs.md', () => {
  it.each(['tsc', 'swc'])(
    'makes an application that runs as %s builds it',
    async (builder) => {
      await rm(join(folder, 'app.sqlite'), { force: true });
      await inFolder('nest', 'build', '--builder', builder);
      const preload = ['--import', join(import.meta.dirname, 'report-port.mjs')];
      const child = spawn(process.execPath, [...preload, 'dist/main.js'], {
        cwd: folder,
        env: { ...environment(), PORT: '0' },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      let printed = '';
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (text: Buffer) => {
          printed += text.toString();
        });
      const port = await new Promise<unknown>((listens, failed) => {
        child.once('message', listens).once('exit', () => failed(new Error(printed)));
      });
      const origin = `http://127.0.0.1:${String(port)}`;
      const page = await fetch(`${origin}/connections/ui`);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      const repos = await fetch(`${origin}/repos`);
      expect([repos.status, await repos.json()]).toMatchObject([409, { code: 'not_connected' }]);
      const authorize = await fetch(`${origin}/connections/github/authorize`, {
        headers: { 'sec-fetch-site': 'same-origin' },
      });
      const { authorization_url: url } = (await authorize.json()) as { authorization_url: string };
      expect(new URL(url).searchParams.get('redirect_uri')).toBe(
        'http://localhost:3000/connections/github/callback',
      );
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await ended).toEqual([null, 'SIGTERM']);
      expect(printed).not.toMatch(/error/i);
    },
    120_000,
  );

  it('installs what it was tried with', async () => {
    const text = await readFile(join(project, 'node_modules/mcp-connections/docs/nestjs.md'), 'utf8');
    const [, everything = ''] = /^npm install (mcp-connections .*)$/m.exec(text) ?? [];
    const [, instead = ''] = /On Nest 11, install `([^`]*)`/.exec(text) ?? [];
    const nameAndMajor = (word: string) => /^(@?[^@]+)(?:@(.*))?$/.exec(word)?.slice(1) ?? [];
    const majors = new Map(everything.split(' ').map((word) => nameAndMajor(word) as [string, string]));
    if (project.endsWith('nest-11'))
      for (const word of instead.split(' ')) majors.set(...(nameAndMajor(word) as [string, string]));
    const latest = { '@nestjs/config': '12', '@nestjs/typeorm': '12', typeorm: '1' };
    const expected = { ...latest, ...Object.fromEntries([...majors].filter(([, major]) => major)) };
    for (const name of majors.keys()) {
      const manifest = await readFile(join(project, 'node_modules', name, 'package.json'), 'utf8');
      const { version } = JSON.parse(manifest) as { version: string };
      const major = expected[name as keyof typeof expected] ?? version;
      expect(`${name}@${version}.`).toContain(`${name}@${major}.`);
    }
    expect([...majors.keys()].toSorted()).toEqual(
      ['@nestjs/config', '@nestjs/typeorm', 'better-sqlite3', 'mcp-connections', 'typeorm'].toSorted(),
    );
  });

  it('names each file that the application needs', async () => {
    const files = (await blocks()).map(({ file }) => file).filter((file) => file !== undefined);
    expect(files.toSorted()).toEqual([
      'connections.json',
      'src/app.module.ts',
      'src/main.ts',
      'src/repos.controller.ts',
      'src/session.guard.ts',
    ]);
  });
});
