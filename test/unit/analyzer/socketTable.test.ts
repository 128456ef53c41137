import assert from 'node:assert/strict';
import { placeText, readSockets, socketPlaces } from '../../../src/analyzer/socketTable';
import type { SocketEnd, SocketFile } from '../../../src/analyzer/socketTable';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const tail = '00000000:00000000 00:00000000 00000000  1000        0';

const end = (changes: Partial<SocketEnd> = {}): SocketEnd => ({
  ipProtocol: 6,
  address: '127.0.0.1',
  port: 40_000,
  remoteAddress: '10.1.2.3',
  remotePort: 443,
  hasSent: false,
  ...changes,
});

/** Inode that the most exact place has in these tables. */
function socketOf(one: SocketEnd, tables: Record<string, string>): number[] {
  const found = new Map<string, number[]>();
  for (const [file, table] of Object.entries(tables)) readSockets(file as SocketFile, table, found);
  for (const place of socketPlaces(one)) {
    const inodes = found.get(placeText(place));
    if (inodes !== undefined) return inodes;
  }
  return [];
}

describe('sockets in /proc/net', () => {
  it('finds a TCP socket by both of its addresses and no other', () => {
    const tcp = [
      head,
      `   0: 0100007F:9C40 00000000:0000 0A ${tail} 11 1 0`,
      `   1: 0100007F:9C40 0302010A:01BB 01 ${tail} 12 1 0`,
      `   2: 0100007F:9C40 0302010A:01BC 01 ${tail} 13 1 0`,
    ].join('\n');
    assert.deepEqual(socketOf(end(), { tcp }), [12]);
    assert.deepEqual(socketOf(end({ port: 40_001 }), { tcp }), []);
    assert.deepEqual(socketOf(end({ remoteAddress: '10.1.2.4' }), { tcp }), []);
  });

  it('finds IPv6, and IPv4 on a socket for both', () => {
    const six = `   0: B80D0120000000000000000001000000:9C40 B80D0120000000000000000002000000:01BB 01 ${tail} 21 1`;
    const one = end({ address: '2001:db8::1', remoteAddress: '2001:db8::2' });
    assert.deepEqual(socketOf(one, { tcp6: six }), [21]);
    const mapped = `   0: 0000000000000000FFFF00000100007F:9C40 0000000000000000FFFF00000302010A:01BB 01 ${tail} 22 1`;
    assert.deepEqual(socketOf(end(), { tcp6: mapped }), [22]);
  });

  it('finds a bound UDP socket, all that share the port, and one for IPv6 only where it has sent over IPv4', () => {
    const one = end({ ipProtocol: 17, port: 5353 });
    const udp = [
      `  1: 00000000:14E9 00000000:0000 07 ${tail} 31 2`,
      `  2: 00000000:14E9 00000000:0000 07 ${tail} 32 2`,
    ];
    assert.deepEqual(socketOf(one, { udp: udp.join('\n') }), [31, 32]);
    const udp6 = `  1: ${'0'.repeat(32)}:14E9 ${'0'.repeat(32)}:0000 07 ${tail} 33 2`;
    assert.deepEqual(socketOf(one, { udp6 }), []);
    assert.deepEqual(socketOf({ ...one, hasSent: true }, { udp6 }), [33]);
  });

  it('passes over what is no socket, or belongs to nobody', () => {
    const key = '0100007F:9C40 0302010A:01BB';
    for (const table of ['', '\n\n', head, key, `0: ${key} 06 ${tail} 0 3 0`, `0: ${key} 01 ${tail} x`]) {
      const found = new Map<string, number[]>();
      readSockets('tcp', table, found);
      assert.equal(found.size, 0, table);
    }
    assert.deepEqual(socketPlaces(end({ address: 'no address' })), []);
    assert.deepEqual(socketPlaces(end({ remoteAddress: '::1' })), []);
  });
});
