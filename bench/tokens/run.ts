/**
 * What serving a living access token costs beside the least that any program must do, a repository and better-auth; what a list of
 * a user's connections costs; what a call of an API costs; and what a thousand callers of an expired token wait:
 * `npm run bench:tokens [-- --engine NAME] [--variant NAME] [--case WORD] [--n ROWS] [--seconds S] [--json FILE]`. A word of a case is
 * one in its name. The floor always runs; better-auth runs on PostgreSQL, one caller. Prints tables in Markdown.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { engineNames } from '../engines';
import { ANSWER_MS } from './expired';
import type { Measured } from './measure';
import { EXPIRED_CASE, caseNames, measureEngine } from './measure';
import type { VariantName } from './variants';
import { variantNames } from './variants';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', multiple: true, default: [...engineNames] },
    variant: { type: 'string', multiple: true, default: [...variantNames] },
    case: { type: 'string', multiple: true, default: [...caseNames] },
    n: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});
const engines = options.engine.map((name) => oneOf(engineNames, '--engine', name));
const asked = new Set(options.variant.map((name) => oneOf(variantNames, '--variant', name)));
const chosen = variantNames.filter((name) => name === 'floor' || asked.has(name));
const cases = new Set(
  options.case.flatMap((word) => {
    const meant = caseNames.filter((name) => name.includes(word));
    if (meant.length === 0) throw new Error(`--case is a part of ${caseNames.join('; ')}, not ${word}`);
    return meant;
  }),
);
const n = Number(options.n);
if (!Number.isInteger(n) || n < 1) throw new Error(`--n is a number of rows, not ${options.n}`);
const seconds = Number(options.seconds);
if (!(seconds > 0)) throw new Error(`--seconds is a time for each variant, not ${options.seconds}`);

const results: Measured[] = [];
console.log(`\n### A living token among ${n} rows\n`);
console.log('Answers per second at the floor; all else in multiples of it.\n');
console.log(`| engine | case | ${chosen.join(' | ')} |`);
console.log(`| --- | --- |${' ---: |'.repeat(chosen.length)}`);
for (const engine of engines) {
  const measured = await measureEngine(engine, { n, seconds, chosen, cases });
  results.push(...measured);
  for (const name of caseNames.filter((one) => cases.has(one) && one !== EXPIRED_CASE)) {
    const cells = chosen.map((variant) => {
      const found = measured.find((one) => one.case === name && one.variant === variant);
      if (!found) return '';
      return variant === 'floor' ? found.per_second.toFixed(0) : found.speed_to_floor.toFixed(2);
    });
    console.log(`| ${engine} | ${name} | ${cells.join(' | ')} |`);
  }
}

const perSecond = (variant: VariantName) =>
  results.find((one) => one.case === 'one caller' && one.engine === 'postgres' && one.variant === variant)
    ?.per_second;
const [ours, betterAuth] = [perSecond('ours'), perSecond('better-auth')];
if (ours !== undefined && betterAuth !== undefined) {
  console.log(
    `\nOn PostgreSQL one caller is served ${(ours / betterAuth).toFixed(1)} times as fast as by better-auth.`,
  );
}

const expired = results.filter((one) => one.case === EXPIRED_CASE);
if (expired.length > 0) {
  console.log(`\n### ${EXPIRED_CASE}\n`);
  console.log(`The endpoint takes ${ANSWER_MS} ms; how many times that until the last caller was served.\n`);
  console.log('| engine | HTTP calls | last caller |\n| --- | ---: | ---: |');
  for (const { engine, http_calls, speed_to_floor } of expired) {
    console.log(`| ${engine} | ${http_calls} | ${(1 / speed_to_floor).toFixed(2)} |`);
  }
}

if (options.json) await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);

function oneOf<Name extends string>(known: readonly Name[], option: string, given: string): Name {
  const found = known.find((name) => name === given);
  if (found === undefined) throw new Error(`${option} is one of ${known.join(', ')}, not ${given}`);
  return found;
}
