import { keyRing } from 'mcp-connections';
import {
  InMemoryConnectionConfigs,
  testConnectionConfigPort,
  testTokenCipher,
} from 'mcp-connections/testing';
import { describe, it } from 'vitest';

const makeCipher = () => keyRing({ current: 'k1', keys: { k1: new Uint8Array(32) } }); // or yours
const makePort = () => new InMemoryConnectionConfigs(); // or yours, with an empty table

describe('our cipher', () => testTokenCipher(makeCipher, it));
describe('our port', () => testConnectionConfigPort(makePort, it));
