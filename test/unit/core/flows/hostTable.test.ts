import assert from 'node:assert/strict';
import { parseIpAddress } from '../../../../src/core/decode/addresses';
import { ConversationTable } from '../../../../src/core/flows/conversationTable';
import { AddressHash } from '../../../../src/core/flows/hash';
import type { Host } from '../../../../src/core/flows/host';
import { HostTable } from '../../../../src/core/flows/hostTable';

function host(table: HostTable, address: string): Host {
  const bytes = parseIpAddress(address)!;
  return table.at(bytes, 0, bytes.length);
}

describe('HostTable', () => {
  it('gives one object an address, and its text', () => {
    const table = new HostTable(new AddressHash(), []);
    for (const address of ['10.0.0.1', '255.255.255.255', 'fd00::1', '2001:db8::ff00:42:8329', '::']) {
      assert.equal(host(table, address), host(table, address));
      assert.equal(host(table, address).text, address);
    }
    assert.equal(table.size, 5);
    assert.notEqual(host(table, '0.0.0.1'), host(table, '0:1::'));
  });

  it('knows the addresses of the machine, and loopback when it has any', () => {
    const table = new HostTable(new AddressHash(), ['192.168.1.5', 'fe80::1%eth0', 'nonsense']);
    assert.equal(host(table, '192.168.1.5').local, true);
    assert.equal(host(table, 'fe80::1').local, true);
    assert.equal(host(table, '127.0.0.53').local, true);
    assert.equal(host(table, '::1').local, true);
    assert.equal(host(table, '192.168.1.6').local, false);
    assert.equal(host(new HostTable(new AddressHash(), []), '127.0.0.1').local, false);
  });

  it('knows groups from single hosts', () => {
    const table = new HostTable(new AddressHash(), []);
    for (const group of ['224.0.0.251', '239.255.255.250', '255.255.255.255', '0.0.0.0', 'ff02::fb', '::']) {
      assert.equal(host(table, group).isGroup, true, group);
    }
    for (const single of ['10.0.0.1', '223.255.255.255', 'fe80::1', '::1']) {
      assert.equal(host(table, single).isGroup, false, single);
    }
  });

  it('forgets the quiet half at its limit, counts it, and lists one again that goes on', () => {
    const table = new HostTable(new AddressHash(), [], 100);
    const busy = Array.from({ length: 40 }, (_, i) => host(table, `10.0.1.${i}`));
    for (const each of busy) each.packets = 10;
    const quiet = host(table, '10.0.2.1');
    quiet.bytesSent = 60;
    for (let i = 0; i < 1000; i++) host(table, `10.1.${i >> 8}.${i & 255}`);
    assert.ok(table.size <= 100);
    assert.ok(table.limit.hits > 900);
    for (const each of busy) assert.equal(host(table, each.text), each);
    assert.equal(quiet.listed, false);
    assert.equal(table.relist(quiet), quiet);
    assert.equal(host(table, '10.0.2.1'), quiet);
  });

  it('merges a forgotten host with the one that took its place', () => {
    const table = new HostTable(new AddressHash(), [], 2);
    const first = host(table, '10.0.0.1');
    first.packets = 3;
    first.bytesSent = 300;
    host(table, '10.0.0.2').packets = 9;
    host(table, '10.0.0.3');
    assert.equal(first.listed, false);
    const second = host(table, '10.0.0.1');
    second.packets = 1;
    assert.notEqual(second, first);
    assert.equal(table.relist(first), second);
    assert.equal(second.packets, 4);
    assert.equal(second.bytesSent, 300);
  });

  it('sorts by bytes', () => {
    const table = new HostTable(new AddressHash(), []);
    host(table, '10.0.0.1').bytesSent = 5;
    host(table, '10.0.0.2').bytesReceived = 9;
    assert.deepEqual(
      table.top(1).map(({ text }) => text),
      ['10.0.0.2'],
    );
  });
});

describe('ConversationTable', () => {
  it('has one conversation for both directions, and forgets the quiet half at its limit', () => {
    const hosts = new HostTable(new AddressHash(), []);
    const table = new ConversationTable(10);
    const a = host(hosts, '10.0.0.1');
    const b = host(hosts, '10.0.0.2');
    const conversation = table.between(a, b);
    assert.equal(table.between(b, a), conversation);
    conversation.packets = 5;
    conversation.bytes = 500;
    const forgotten = table.between(a, a);
    // An open flow counts in it.
    forgotten.flows++;
    for (let i = 0; i < 50; i++) table.between(a, host(hosts, `10.0.1.${i}`));
    assert.ok(table.size <= 10);
    assert.equal(table.between(a, b), conversation);
    assert.equal(forgotten.listed, false);
    assert.equal(table.relist(forgotten), forgotten);
    assert.deepEqual(table.top(1), [{ a: '10.0.0.1', b: '10.0.0.2', packets: 5, bytes: 500 }]);
    assert.ok(table.limit.hits > 0);
  });

  it('uses the object of a forgotten conversation again once no open flow counts in it', () => {
    const hosts = new HostTable(new AddressHash(), []);
    const table = new ConversationTable(2);
    const pair = (i: number): [Host, Host] => [host(hosts, `10.0.0.${i}`), host(hosts, `10.0.1.${i}`)];
    const first = table.between(...pair(1));
    first.flows++;
    const made = [2, 3, 4, 5, 6].map((i) => table.between(...pair(i)));
    assert.equal(first.listed, false);
    assert.ok(!made.includes(first));
    first.packets = 7;
    table.leave(first);
    const again = [7, 8, 9].map((i) => table.between(...pair(i)));
    assert.ok(again.includes(first));
    assert.equal(first.packets, 0);
    assert.equal(table.between(...pair(9)), again[2]);
    assert.equal(again[2]?.a.text, '10.0.0.9');
  });
});
