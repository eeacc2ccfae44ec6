import { describe, expect, it } from 'vitest';
import { nameProblems } from '../../src/config/names';
import { brief } from './documents';

const problemsOf = (...names: string[]) => brief(nameProblems(names, new Set()));

describe('names', () => {
  it.each(['a', 'my-server', 'My Server', 'ünï', '😀', 'constructor', '0', 'x'.repeat(255)])(
    'may be %j',
    (name) => {
      expect(problemsOf(name)).toEqual([]);
    },
  );

  it.each([
    ['', 'mcpServers[""]: found an empty name; a name has 1 to 255 characters'],
    ['__proto__', 'mcpServers.__proto__: found the name "__proto__"; any other name is allowed'],
    [' a', 'mcpServers[" a"]: found white space around the name; it must not begin or end with any'],
    [
      'a\u00a0',
      'mcpServers["a\u00a0"]: found white space around the name; it must not begin or end with any',
    ],
    ['a\0b', 'mcpServers["a\\u0000b"]: found a control character in the name; names must not contain one'],
    [
      'a\u0085b',
      'mcpServers["a\\u0085b"]: found a control character in the name; names must not contain one',
    ],
    [
      'a\ud83d',
      'mcpServers["a\\ud83d"]: found a lone surrogate in the name; names must be well-formed Unicode',
    ],
    [
      'x'.repeat(256),
      `mcpServers["${'x'.repeat(80)}…"]: found a name of 256 characters; a name has 1 to 255 characters`,
    ],
  ])('may not be %j', (name, problem) => {
    expect(problemsOf(name)).toEqual([`error invalid_name ${problem}`]);
  });

  it('that differ only by case are all refused, each naming the others', () => {
    const said = (others: string) =>
      `found names that differ from this one only by case: ${others}; names must differ by more than that`;
    expect(problemsOf('GitHub', 'other', 'github', 'GITHUB')).toEqual([
      `error duplicate_name mcpServers.GitHub: ${said('"github", "GITHUB"')}`,
      `error duplicate_name mcpServers.github: ${said('"GitHub", "GITHUB"')}`,
      `error duplicate_name mcpServers.GITHUB: ${said('"GitHub", "github"')}`,
    ]);
  });

  it('that differ only by Unicode form are refused too', () => {
    const codes = nameProblems(['caf\u00e9', 'cafe\u0301'], new Set()).map(({ code }) => code);
    expect(codes).toEqual(['duplicate_name', 'duplicate_name']);
  });

  it('alike by the thousand name three of the others', () => {
    const alike = Array.from({ length: 4096 }, (_, bits) =>
      [...'abcdefghijkl']
        .map((letter, index) => ((bits >> index) & 1 ? letter.toUpperCase() : letter))
        .join(''),
    );
    const problems = nameProblems(alike, new Set());
    expect(problems.length).toBe(4096);
    expect(problems[0]?.message).toContain('"Abcdefghijkl", "aBcdefghijkl", "ABcdefghijkl" and 4092 more;');
  });

  it('declared twice are refused', () => {
    expect(brief(nameProblems(['a', 'b'], new Set(['b'])))).toEqual([
      'error duplicate_name mcpServers.b: found the name twice; each name may be declared once',
    ]);
  });
});
