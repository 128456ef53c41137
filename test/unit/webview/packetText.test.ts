import assert from 'node:assert/strict';
import type { PacketField, PacketTree } from '../../../src/protocol/packetTree';
import {
  bitPattern,
  escapedString,
  fieldAtByte,
  hexDump,
  treeAsJson,
  treeAsText,
} from '../../../webview/capture-editor/packetText';
import { isPacketTree } from '../../../webview/common/packetTreeGuard';

const field = (label: string, offset: number, lengthBytes: number, more: Partial<PacketField> = {}): PacketField => ({
  name: '',
  label,
  value: '',
  raw: null,
  source: 0,
  offset,
  lengthBytes,
  children: [],
  ...more,
});

const syn = field('Syn', 1, 1, { name: 'tcp.flags.syn', value: 'Set', raw: true, mask: 0x02 });
const flags = field('Flags', 0, 2, { children: [syn], note: 'odd' });
const tcp = field('TCP', 0, 4, { children: [flags, field('Port', 2, 2, { value: '80', raw: 80 })] });
const other = field('Other', 0, 4, { source: 1 });
const tree: PacketTree = {
  number: 7,
  sources: [
    { name: 'Packet', bytes: Uint8Array.of(0x50, 0x12, 0x22, 0x5c) },
    { name: 'Whole', bytes: Uint8Array.of(1, 2, 3, 4) },
  ],
  fields: [tcp, other],
  comments: [],
  complete: true,
  by: 'own',
};

describe('a packet as text', () => {
  it('finds the innermost field of a byte in its source', () => {
    const labels = (source: number, offset: number) =>
      fieldAtByte(tree, source, offset)?.map(({ label }) => label) ?? null;
    assert.deepEqual(labels(0, 0), ['TCP', 'Flags']);
    assert.deepEqual(labels(0, 1), ['TCP', 'Flags', 'Syn']);
    assert.deepEqual(labels(0, 3), ['TCP', 'Port']);
    assert.deepEqual(labels(1, 3), ['Other']);
    assert.equal(labels(1, 9), null);
  });

  it('shows the bits of a flag', () => {
    assert.equal(bitPattern(syn, tree.sources[0]!.bytes), '.... ..1.');
    assert.equal(bitPattern(tcp, tree.sources[0]!.bytes), '');
  });

  it('is indented lines, JSON, a hex dump and a string', () => {
    assert.equal(treeAsText([tcp]), 'TCP\n    Flags [odd]\n        Syn: Set\n    Port: 80\n');
    const json = JSON.parse(treeAsJson(tree)) as { bytes: string; fields: { label: string; fields: unknown[] }[] };
    assert.equal(json.bytes, '5012225c');
    assert.equal(json.fields[0]?.fields.length, 2);
    assert.equal(hexDump(tree.sources[0]!.bytes), `00000000  50 12 22 5c${' '.repeat(36)}  P."\\\n`);
    assert.equal(escapedString(tree.sources[0]!.bytes), '"P\\x12\\"\\\\"');
  });

  it('is drawn only when it has the shape of a tree', () => {
    assert.ok(isPacketTree(tree));
    assert.ok(!isPacketTree({ ...tree, fields: [{ ...tcp, children: [null] }] }));
    assert.ok(!isPacketTree({ ...tree, sources: [{ name: 'x', bytes: [1] }] }));
    let deep = field('x', 0, 0);
    for (let depth = 0; depth < 200; depth++) deep = field('x', 0, 0, { children: [deep] });
    assert.ok(!isPacketTree({ ...tree, fields: [deep] }));
  });
});
