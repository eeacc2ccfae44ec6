/** A test in CommonJS that requires the package. */
const { asItShouldBe, exercise } = require('./exercise.cjs');

test('the package works when required', async () => {
  const here = {
    mcp: require('mcp-connections'),
    testing: require('mcp-connections/testing'),
    typeorm: require('typeorm'),
  };
  expect(await exercise(here)).toEqual(asItShouldBe(0));
});
