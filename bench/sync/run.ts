/**
 * What a sync costs beside the least that any program must do, and beside what one writes with a repository:
 * `npm run bench:sync [-- --engine NAME] [--variant NAME] [--n N] [--memory N] [--json FILE]`. The floor always runs;
 * `--memory 0` leaves the memory out. Prints tables in Markdown.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseConnections } from 'mcp-connections/sync';
import { documentOf } from './declared';
import type { EngineName } from '../engines';
import { engineNames } from '../engines';
import type { Measured } from './measure';
import { cases, measureEngine, median } from './measure';
import { measureMemory, memoryVariants } from './memory';
import { variantNames } from './variants';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', multiple: true, default: [...engineNames] },
    variant: { type: 'string', multiple: true, default: [...variantNames] },
    n: { type: 'string', multiple: true, default: ['10', '1000', '10000'] },
    memory: { type: 'string', default: '100000' },
    json: { type: 'string' },
  },
});
const engines = options.engine.map((name) => {
  const engine = engineNames.find((known) => known === name);
  if (!engine) throw new Error(`--engine is one of ${engineNames.join(', ')}, not ${name}`);
  return engine;
});
const unknown = options.variant.find((name) => !(variantNames as readonly string[]).includes(name));
if (unknown !== undefined) throw new Error(`--variant is one of ${variantNames.join(', ')}, not ${unknown}`);
const variants = variantNames.filter((name) => name === 'floor' || options.variant.includes(name));
const sizes = options.n.map((text) => count('--n', text));
const memoryN = count('--memory', options.memory);

const results: Measured[] = [];
for (const n of sizes) {
  const text = documentOf(n);
  const declared = {
    parsed: parseConnections(text),
    changed: parseConnections(documentOf(n, (index) => index % 100 === 0)),
  };
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now();
    parseConnections(text);
    return performance.now() - began;
  });
  console.log(`\n### ${n} connections\n`);
  console.log(`| engine | case | floor | ${variants.slice(1).join(' | ')} |`);
  console.log(`| --- | --- |${' ---: |'.repeat(variants.length)}`);
  console.log(`| none | parsing | ${median(times).toFixed(2)} ms |${' |'.repeat(variants.length - 1)}`);
  for (const engine of engines) {
    const measured = await measureEngine(engine, n, declared, variants);
    results.push(...measured);
    for (const name of cases) printCase(engine, name, measured);
  }
}

if (options.json) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);

if (memoryN > 0) {
  console.log(`\n### Memory\n\n${memoryN} connections: the greatest resident size of a process, in MB.\n`);
  console.log('| engine | variant | after parsing | at the end |\n| --- | --- | ---: | ---: |');
  for (const engine of engines) {
    for (const variant of memoryVariants) {
      const { parsed_mb, peak_mb } = await measureMemory(engine, memoryN, variant);
      console.log(`| ${engine} | ${variant} | ${parsed_mb} | ${peak_mb} |`);
    }
  }
}

function count(option: string, text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 0) throw new Error(`${option} is a number of connections, not ${text}`);
  return n;
}

function printCase(engine: EngineName, name: string, measured: readonly Measured[]): void {
  const cells = variants.map((variant) => {
    const found = measured.find((one) => one.case === name && one.variant === variant);
    if (!found) return '';
    return variant === 'floor' ? `${found.median_ms.toFixed(2)} ms` : found.ratio_to_floor.toFixed(2);
  });
  console.log(`| ${engine} | ${name} | ${cells.join(' | ')} |`);
}
