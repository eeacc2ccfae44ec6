const { keyRing } = require('mcp-connections');
const testing = require('mcp-connections/testing');

// With the global `it`.
testing.testTokenCipher(() => keyRing({ current: 'k1', keys: { k1: new Uint8Array(32) } }));
testing.testConnectionConfigPort(() => new testing.InMemoryConnectionConfigs());
