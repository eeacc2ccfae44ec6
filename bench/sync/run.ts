/**
 * What a sync costs beside the least that any program must do, and beside what one writes with a repository:
 * `npm run bench:sync [-- --engine NAME] [--n N] [--json FILE]`. Prints tables in Markdown.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parseConnections } from 'mcp-connections';
import { documentOf } from './declared';
import type { EngineName } from './engines';
import { engineNames } from './engines';
import type { Measured } from './measure';
import { cases, measureEngine, median } from './measure';
import type { Memory } from './memory';
import { measureMemory, memoryVariants } from './memory';
import { variantNames } from './variants';

const MEMORY_N = 100_000;

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', multiple: true, default: [...engineNames] },
    variant: { type: 'string', multiple: true, default: [...variantNames] },
    n: { type: 'string', multiple: true, default: ['10', '1000', '10000'] },
    json: { type: 'string' },
  },
});
const engines = options.engine.map((name) => {
  const engine = engineNames.find((known) => known === name);
  if (!engine) throw new Error(`--engine is one of ${engineNames.join(', ')}, not ${name}`);
  return engine;
});
const variants = variantNames.filter((name) => name === 'floor' || options.variant.includes(name));
const sizes = options.n.map(Number);

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
  console.log(`\n### ${n} connections\n\nParsing the document: ${median(times).toFixed(1)} ms.\n`);
  console.log(`| engine | case | floor | ${variants.slice(1).join(' | ')} |`);
  console.log(`| --- | --- |${' ---: |'.repeat(variants.length)}`);
  for (const engine of engines) {
    const measured = await measureEngine(engine, n, declared, variants);
    results.push(...measured);
    for (const name of cases) printCase(engine, name, measured);
  }
}

const memory: Memory[] = [];
console.log(`\n### Memory\n\n${MEMORY_N} connections: the greatest resident size of a process, in MB.\n`);
console.log('| engine | variant | after parsing | at the end |\n| --- | --- | ---: | ---: |');
for (const engine of engines) {
  for (const variant of memoryVariants) {
    const measured = await measureMemory(engine, MEMORY_N, variant);
    memory.push(measured);
    console.log(`| ${engine} | ${variant} | ${measured.parsed_mb} | ${measured.peak_mb} |`);
  }
}
if (options.json) await writeFile(options.json, `${JSON.stringify([...results, ...memory], null, 2)}\n`);

function printCase(engine: EngineName, name: string, measured: readonly Measured[]): void {
  const cells = variants.map((variant) => {
    const found = measured.find((one) => one.case === name && one.variant === variant);
    if (!found) return '';
    return variant === 'floor' ? `${found.median_ms.toFixed(2)} ms` : found.ratio_to_floor.toFixed(2);
  });
  console.log(`| ${engine} | ${name} | ${cells.join(' | ')} |`);
}
