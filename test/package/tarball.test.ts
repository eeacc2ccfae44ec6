import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, posix, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../setup/free-port';

const root = resolve(import.meta.dirname, '../..');
const run = (command: string, parameters: string[], cwd: string) =>
  execFileSync(command, parameters, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const { folder: parent, tarball, files } = inject('packed');
let folder: string;

/** A project that has the packed package, and the rest of what it needs from here. */
beforeAll(() => {
  folder = mkdtempSync(join(parent, 'tarball-'));
  const modules = join(folder, 'node_modules');
  run('mkdir', ['-p', join(modules, 'mcp-connections')], folder);
  run('tar', ['xzf', tarball, '-C', join(modules, 'mcp-connections'), '--strip-components=1'], folder);
  for (const name of ['typeorm', 'better-sqlite3', 'sql.js']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
});

const evaluated = (name: string, code: string) => {
  writeFileSync(join(folder, name), code);
  return JSON.parse(run(process.execPath, [name], folder));
};

const start = `
  const options = { dataSource: { type: 'better-sqlite3', database: ':memory:' },
    config: { mcpServers: { a: { url: 'https://x.test/', auth_type: 'oauth2' } } } };
  const store = await new MetadataStore(options).initialize();
  const first = store.lastSync.report.created;
  const second = (await store.sync()).unchanged;
  console.log(JSON.stringify({ first, second }));
`;

describe('the packed package', () => {
  it('starts and syncs when imported as an ES module', () => {
    const code = `import { MetadataStore } from 'mcp-connections'; ${start}`;
    expect(evaluated('esm.mjs', code)).toEqual({ first: ['a'], second: ['a'] });
  });

  it('starts and syncs when required', () => {
    const code = `const { MetadataStore } = require('mcp-connections'); (async () => { ${start} })();`;
    expect(evaluated('cjs.cjs', code)).toEqual({ first: ['a'], second: ['a'] });
  });

  it('holds one copy of each class, however and from wherever it is loaded', () => {
    const code = `
      import { createRequire } from 'node:module';
      import * as esm from 'mcp-connections';
      import * as esmTesting from 'mcp-connections/testing';
      const require = createRequire(import.meta.url);
      const cjs = require('mcp-connections');
      const cjsTesting = require('mcp-connections/testing');
      const dataSource = await esmTesting.createTestDataSource();
      console.log(JSON.stringify({
        different: Object.keys(cjs).filter((name) => cjs[name] !== esm[name]),
        differentTesting: Object.keys(cjsTesting).filter((name) => cjsTesting[name] !== esmTesting[name]),
        known: cjs.connectionEntities.every((entity) => dataSource.hasMetadata(entity)),
      }));`;
    expect(evaluated('copies.mjs', code)).toEqual({ different: [], differentTesting: [], known: true });
  });

  it('serves the page that the README’s quick start promises, in under 50 lines', async () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const [, code = ''] = /## Quick start[\s\S]*?```js\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(code.trimEnd().split('\n').length).toBeLessThan(50);
    writeFileSync(join(folder, 'app.mjs'), code);
    const env = { ...process.env, PORT: String(await freePort()) };
    const service = spawn(process.execPath, ['app.mjs'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(createInterface(service.stdout), 'line')) as [string];
      const page = await fetch(line);
      expect(await page.text()).toContain('Github');
      const origin = new URL(line).origin;
      const begun = await fetch(new URL('./github/connect', line), {
        method: 'POST',
        headers: { origin },
        redirect: 'manual',
      });
      const authorization = new URL(begun.headers.get('location') ?? '');
      expect(authorization.href).toMatch(/^https:\/\/github\.com\/login\/oauth\/authorize\?/);
      expect(Object.fromEntries(authorization.searchParams)).toMatchObject({
        client_id: 'your-client-id',
        redirect_uri: `${origin}/connections/github/callback`,
        scope: 'repo read:user',
      });
    } finally {
      service.kill();
    }
  });

  it('exports under each condition what the build holds, and nothing that it does not', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const targets = Object.values(exports).flatMap((target) =>
      typeof target === 'string'
        ? [target]
        : Object.values(target as Record<string, Record<string, string>>).flatMap((paths) =>
            Object.values(paths),
          ),
    );
    const exported = targets.map((path) => path.replace('./', '')).toSorted();
    expect(exported.filter((path) => !files.includes(path))).toEqual([]);
    const shared = /^dist\/[\w-]+-[\w-]{8}\.(cjs|d\.cts)$/;
    const inDist = files.filter((path) => path.startsWith('dist/') && !shared.test(path));
    expect(inDist).toEqual(exported.filter((path) => path.startsWith('dist/')));
  });

  it('contains the build, the licence and the documents', () => {
    const documents = readdirSync(join(root, 'docs'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(root, join(parentPath, name)));
    expect(files.filter((path) => !path.startsWith('dist/'))).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json', ...documents].toSorted(),
    );
  });

  it('names no source map, and in none a source, that is not in it', () => {
    const content = (file: string) =>
      readFileSync(join(folder, 'node_modules/mcp-connections', file), 'utf8');
    const beside = (file: string, path: string) => posix.join(posix.dirname(file), path);
    const maps = files
      .filter((file) => /\.[cm]?[jt]s$/.test(file))
      .flatMap((file) => {
        const [, path] = /^\/\/[#@] sourceMappingURL=(.*)$/m.exec(content(file)) ?? [];
        return path === undefined ? [] : [beside(file, path)];
      });
    const sources = files
      .filter((file) => file.endsWith('.map'))
      .flatMap((file) => {
        const { sourceRoot = '', sources: paths } = JSON.parse(content(file));
        return paths.map((path: string) => beside(file, posix.join(sourceRoot, path)));
      });
    expect([...maps, ...sources].filter((file) => !files.includes(file))).toEqual([]);
  });
});
