/** Jest in both of its module systems; the package is what the build has made. */
module.exports = {
  testMatch: ['<rootDir>/*.test.{cjs,mjs}'],
  moduleFileExtensions: ['cjs', 'mjs', 'js', 'json'],
  transform: {},
};
