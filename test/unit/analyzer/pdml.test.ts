import assert from 'node:assert/strict';
import fc from 'fast-check';
import { treeOfPdml } from '../../../src/analyzer/pdml';
import type { PacketField } from '../../../src/protocol/packetTree';

const bytes = Uint8Array.of(0x02, 0x00, 0x5e, 0x00, 0x00, 0x20, 0x45, 0x42, 0x30, 0x31);
const context = { number: 7001, bytes, comments: ['seen'] };
const packet = (inside: string): string => `<?xml version="1.0"?><pdml>\n<packet>${inside}</packet></pdml>`;
const field = (attributes: string, inside = ''): string => `<field ${attributes}>${inside}</field>`;

const all = (fields: readonly PacketField[]): PacketField[] => fields.flatMap((each) => [each, ...all(each.children)]);

describe('what tshark says of a packet', () => {
  it('becomes fields with their names, words, values and places', () => {
    const tree = treeOfPdml(
      packet(
        `<proto name="geninfo" size="10"><field name="num" show="3"/></proto>
         <proto name="frame" showname="Frame 3: 10 bytes" size="10" pos="0">${field('name="frame.number" showname="Frame Number: 3" size="0" pos="0" show="3"')}</proto>
         <proto name="eth" showname="Ethernet II, Src: &lt;a&gt; &amp; &quot;b&quot;" size="6" pos="0">
           ${field('name="eth.dst" showname="Destination: 02:00:5e:00:00:20" size="6" pos="0" show="02:00:5e:00:00:20" value="02005e000020"', field('name="eth.dst_resolved" hide="yes" show="x"', field('name="deep" show="y"')))}
         </proto>
         <proto name="fake-field-wrapper">${field('name="data" value="3031"', field('name="data.data" showname="Data: 3031" size="2" pos="8" show="30:31" value="3031"'))}</proto>`,
      ),
      context,
    );
    assert.ok(tree !== null);
    assert.deepEqual([tree.number, tree.by, tree.complete, tree.comments], [7001, 'tshark', true, ['seen']]);
    const [frame, eth, data] = tree.fields;
    assert.deepEqual(
      [frame?.label, frame?.children[0]?.value, frame?.children[0]?.raw],
      ['Frame 7001: 10 bytes', '7001', 7001],
    );
    assert.equal(eth?.label, 'Ethernet II, Src: <a> & "b"');
    const destination = eth?.children[0];
    assert.deepEqual(
      [destination?.label, destination?.value, destination?.raw, destination?.offset, destination?.lengthBytes],
      ['Destination', '02:00:5e:00:00:20', '02:00:5e:00:00:20', 0, 6],
    );
    assert.deepEqual(destination?.children, [], 'what tshark hides stays hidden, with what is inside');
    assert.equal(data?.name, 'data');
  });

  it('has the bits of fields that share a byte, and says what tshark complains of', () => {
    const tree = treeOfPdml(
      packet(`<proto name="ip" size="2" pos="6">${field('name="ip.version" showname="0100 .... = Version: 4" size="1" pos="6" show="4" value="4" unmaskedvalue="45"')}
        ${field('name="_ws.expert" showname="Expert Info (Warning/Protocol): odd" size="0" pos="0"')}</proto><proto name="_ws.malformed" showname="[Malformed Packet: DNS]" size="0" pos="0"/>`),
      context,
    );
    const [version, expert] = tree?.fields[0]?.children ?? [];
    assert.deepEqual([version?.label, version?.value, version?.mask], ['Version', '4', 0xf0]);
    assert.equal(expert?.note, 'Warning of tshark');
    assert.match(tree?.fields[1]?.note ?? '', /malformed/);
  });

  it('finds places in bytes that were put together, and gives none to what is in neither', () => {
    const tree = treeOfPdml(
      packet(`<proto name="tcp" size="2" pos="8">${field('name="tcp.reassembled.data" size="4" pos="0" show="47:45:54:20" value="47455420"')}</proto>
        <proto name="http" showname="HTTP" size="4" pos="0">${field('name="http.request.method" showname="Request Method: GET" size="3" pos="0" show="GET" value="474554"')}
        ${field('name="http.response_in" size="3" pos="1" show="9" value="ffffff"')}</proto>`),
      context,
    );
    assert.deepEqual(
      tree?.sources.map(({ name, bytes: { length } }) => [name, length]),
      [
        ['Packet', 10],
        ['Reassembled TCP', 4],
      ],
    );
    const http = tree?.fields[1];
    const [method, elsewhere] = http?.children ?? [];
    assert.deepEqual(
      [http?.source, method?.source, method?.offset, method?.lengthBytes, method?.raw],
      [1, 1, 0, 3, 'GET'],
    );
    assert.deepEqual([elsewhere?.offset, elsewhere?.lengthBytes], [0, 0]);
  });

  it('is bounded in depth, number and length', () => {
    const deep = treeOfPdml(packet('<proto name="a">'.repeat(5000) + '</proto>'.repeat(5000)), context);
    let depth = 0;
    for (let at = deep?.fields[0]; at !== undefined; at = at.children[0]) depth += 1;
    assert.ok(depth > 10 && depth < 64, String(depth));
    const many = treeOfPdml(packet('<field name="x" show="1"/>'.repeat(30_000)), context);
    assert.ok(many !== null && many.fields.length <= 20_000 && !many.complete);
    const long = treeOfPdml(packet(field(`name="x" show="${'&amp;'.repeat(100_000)}"`)), context);
    assert.ok((long?.fields[0]?.label.length ?? 0) <= 4000);
  });

  it('is read whatever the text, and has no place outside of the bytes', () => {
    const word = fc.constantFrom(
      ...[
        '<packet>',
        '</packet>',
        '<proto name="a" pos="0" size="99">',
        '</proto>',
        '<field name="b" value="02" pos="0" size="1"/>',
      ],
      ...[
        '<field ',
        'show="&#x110000;&#0;"',
        '"',
        '<',
        '>',
        '&',
        '</field>',
        'hide="yes"',
        '/>',
        'unmaskedvalue="zz"',
        'pos="-1"',
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 6 })), { maxLength: 60 }), (words) => {
        const tree = treeOfPdml(`<packet>${words.join('')}`, context);
        for (const { source, offset, lengthBytes } of all(tree?.fields ?? []))
          assert.ok(lengthBytes === 0 || offset + lengthBytes <= (tree?.sources[source]?.bytes.length ?? 0));
      }),
      { numRuns: 500 },
    );
    assert.equal(treeOfPdml('', context), null);
  });
});
