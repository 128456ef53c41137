import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { officialFlows } from '../../../ml/official/officialFlows';
import type { OfficialPacket } from '../../../ml/official/officialFlows';
import { decodePacket } from '../../../src/core/decode/decodePacket';
import { PacketView, tcpFlags } from '../../../src/core/decode/packetView';
import { splitCsv } from '../../../src/core/features/csvRows';
import { readCapture } from '../../support/readCapture';

const data = path.resolve(__dirname, '../../../../shared/data');
const capture = path.join(data, 'pcaps/ndpi/WebattackSQLinj.pcap');
const rowsFile = path.join(data, 'cicids2017/parity/webattack_sqlinj_original_rows.csv');

/** What the official files say beside numbers, and numbers that are names. */
const facts = new Set(['Flow ID', 'Source IP', 'Source Port', 'Destination IP', 'Destination Port', 'Protocol', 'Timestamp', 'Label']); // prettier-ignore

function packetsOf(file: string): OfficialPacket[] {
  const view = new PacketView();
  return readCapture(readFileSync(file)).packets.flatMap((packet) => {
    decodePacket(view, packet);
    if (view.transportOffset < 0 || (view.ipProtocol !== 6 && view.ipProtocol !== 17)) return [];
    const address = (offset: number): string => view.bytes.subarray(offset, offset + 4).join('.');
    return [
      {
        timeUs: view.timeUs,
        source: address(view.sourceAddressOffset),
        destination: address(view.destinationAddressOffset),
        sourcePort: view.sourcePort,
        destinationPort: view.destinationPort,
        ipProtocol: view.ipProtocol,
        paddedPayload: view.originalLength - view.payloadOffset,
        headerBytes: view.payloadOffset - view.transportOffset,
        flags: view.tcpFlags,
        window: view.tcpWindow,
      },
    ];
  });
}

describe('the official tool, with its faults', () => {
  it('is reproduced in all sixteen rows of a real slice of CICIDS2017, in every column', function () {
    if (!existsSync(capture) || !existsSync(rowsFile)) {
      console.log('      skipped: ../shared/data has no WebattackSQLinj.pcap or no parity rows');
      this.skip();
    }
    const [header = '', ...lines] = readFileSync(rowsFile, 'latin1').trim().split('\n');
    const names = splitCsv(header);
    const numbers = names.filter((name) => !facts.has(name));
    assert.equal(numbers.length, 77);
    const found = officialFlows(packetsOf(capture));
    assert.equal(lines.length, 16);
    for (const line of lines) {
      const cells = splitCsv(line);
      const cell = (name: string): number => Number(cells[names.indexOf(name)]);
      const same = found.filter((flow) =>
        flow.sourcePort === cell('Source Port') && flow.destinationPort === cell('Destination Port') &&
        flow.values.get('Flow Duration') === cell('Flow Duration')); // prettier-ignore
      assert.equal(same.length, 1, line.slice(0, 120));
      for (const name of numbers) {
        const [mine, theirs] = [same[0]!.values.get(name), cell(name)];
        assert.ok(mine !== undefined, name);
        const close = Math.abs(mine - theirs) <= 1e-5 * Math.max(1, Math.abs(theirs));
        assert.ok(close, `${name}: ${mine}, in the row ${theirs}: ${line.slice(0, 90)}`);
      }
    }
    // Nine connections, each with a leftover; of two leftovers the files that we have hold no row.
    assert.equal(found.length, 18);
  });

  const at = (timeUs: number, from: 'a' | 'b', flags: number, paddedPayload = 0): OfficialPacket => ({
    timeUs,
    source: from,
    destination: from === 'a' ? 'b' : 'a',
    sourcePort: from === 'a' ? 4000 : 80,
    destinationPort: from === 'a' ? 80 : 4000,
    ipProtocol: 6,
    paddedPayload,
    headerBytes: 20,
    flags,
    window: 100,
  });

  it('makes a second row, often turned round, of what follows the first FIN', () => {
    const { syn, ack, fin } = tcpFlags;
    const rows = officialFlows([at(0, 'a', syn), at(10, 'b', syn | ack), at(20, 'a', ack, 50), at(30, 'a', fin | ack), at(40, 'b', fin | ack, 6), at(50, 'a', ack, 6)]); // prettier-ignore
    // The second FIN opens a flow: only a FIN of a flow that is known ends it.
    assert.deepEqual(rows.map((row) => [row.source, row.values.get('Total Fwd Packets')]), [['a', 3], ['b', 1]]); // prettier-ignore
    assert.equal(rows[1]?.values.get('Destination Port'), 4000);
  });

  it('has no row for a flow of one packet', () => {
    assert.deepEqual(officialFlows([at(0, 'a', tcpFlags.syn)]), []);
  });
});
