/** Jest in the ways it is set up: as it comes, with either compiler for TypeScript, and with ES modules. */
const typed = (displayName, transformer) => ({
  displayName,
  testMatch: ['<rootDir>/typed.test.ts'],
  transform: { '^.+\\.ts$': transformer },
});

module.exports = {
  projects: [
    { displayName: 'plain', testMatch: ['<rootDir>/plain.test.js'], transform: {} },
    typed('swc', '@swc/jest'),
    typed('ts-jest', 'ts-jest'),
    { displayName: 'modules', testMatch: ['<rootDir>/modules.test.mjs'], transform: {} },
  ],
};
