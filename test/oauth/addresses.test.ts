import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkedAddress, isPublicAddress } from '../../src/oauth/addresses';
import { guardedFetch } from '../../src/oauth/guarded-fetch';

const refused = expect.objectContaining({ code: 'address_refused' });

describe('isPublicAddress', () => {
  it.each([
    '1.1.1.1',
    '93.184.216.34',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('takes %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.8.8.8',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.8',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    'fec0::1',
    'no address',
    '',
  ])('refuses %j', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('checkedAddress', () => {
  it.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://017700000001/',
    'https://0x7f000001/',
    'https://127.1/',
    'https://①②⑦.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[0:0:0:0:0:ffff:a9fe:a9fe]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1:8443/',
    'http://auth.example.com/',
    'http://1.1.1.1/',
    'ftp://auth.example.com/',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://user:password@auth.example.com/',
    'https://',
    '/relative',
    '',
    null,
    7,
    {},
  ])('refuses %j', (text) => {
    expect(() => checkedAddress(text, new Set())).toThrow(refused);
  });

  it('takes public https addresses, and whatever an operator vouches for', () => {
    expect(checkedAddress('https://auth.example.com/a', new Set()).href).toBe('https://auth.example.com/a');
    expect(checkedAddress('https://1.1.1.1/', new Set()).host).toBe('1.1.1.1');
    const trusted = new Set(['http://127.0.0.1:9000']);
    expect(checkedAddress('http://127.0.0.1:9000/token', trusted).port).toBe('9000');
    expect(() => checkedAddress('http://127.0.0.1:9001/token', trusted)).toThrow(refused);
  });
});

describe('guardedFetch', () => {
  it('connects to no private address, however it is called', async () => {
    let connections = 0;
    const server = createServer().on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    // A name that means 127.0.0.1 when it is looked up, as one does that was rebound after a check.
    await expect(guardedFetch(`https://localhost:${port}/`, {})).rejects.toThrow(refused);
    await expect(guardedFetch(`https://127.0.0.1:${port}/`, {})).rejects.toThrow(refused);
    await expect(guardedFetch(`http://localhost:${port}/`, {})).rejects.toThrow(refused);
    expect(connections).toBe(0);
  });

  it('says of a name that does not exist that it does not', async () => {
    await expect(guardedFetch('https://nowhere.invalid/', {})).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  });
});
