import { test } from 'node:test';
import { keyRing } from 'mcp-connections';
import {
  InMemoryConnectionConfigs,
  testConnectionConfigPort,
  testTokenCipher,
} from 'mcp-connections/testing';

testTokenCipher(() => keyRing({ current: 'k1', keys: { k1: new Uint8Array(32) } }), test);
testConnectionConfigPort(() => new InMemoryConnectionConfigs(), test);
