import assert from 'node:assert/strict';
import fc from 'fast-check';
import { csvCell, flowCsvHeader, flowCsvLine, packetCsvHeader, packetCsvLine } from '../../../../src/core/export/csv';
import { noTcpAnalysis } from '../../../../src/core/flows/flow';

/** Reads one cell back by RFC 4180. */
function unquoted(cell: string): string {
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}

describe('csv', () => {
  it('quotes what RFC 4180 wants quoted', () => {
    assert.equal(csvCell('plain'), 'plain');
    assert.equal(csvCell('a,b'), '"a,b"');
    assert.equal(csvCell('say "hi"'), '"say ""hi"""');
    assert.equal(csvCell('two\r\nlines'), '"two\r\nlines"');
    assert.equal(csvCell(null), '');
    assert.equal(csvCell(''), '');
  });

  it('neutralises what a spreadsheet would run', () => {
    assert.equal(csvCell('=1+1'), "'=1+1");
    assert.equal(csvCell('+1+1'), "'+1+1");
    assert.equal(csvCell('-1+1'), "'-1+1");
    assert.equal(csvCell('@SUM(A1)'), "'@SUM(A1)");
    assert.equal(csvCell('\t=1'), "'\t=1");
    assert.equal(csvCell('\r=1'), '"\'\r=1"');
    assert.equal(csvCell('=cmd|"/c calc"!A1'), '"\'=cmd|""/c calc""!A1"');
  });

  it('leaves numbers alone', () => {
    assert.equal(csvCell(-5), '-5');
    assert.equal(csvCell('-5.25'), '-5.25');
    assert.equal(csvCell(1.5e-7), '1.5e-7');
    assert.equal(csvCell(Number.NaN), '');
  });

  it('gives any text back, with at most a quote mark before it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const read = unquoted(csvCell(text));
        assert.ok(read === text || read === `'${text}`);
        if (!/^-?\d/.test(read)) assert.doesNotMatch(read, /^[=+\-@\t\r]/);
      }),
    );
  });

  it('writes the packet columns of the command line', () => {
    assert.equal(packetCsvHeader, 'number,time,source,destination,sourcePort,destinationPort,protocol,length,info\r\n');
    const line = packetCsvLine({
      number: 3,
      time: 1700000000.25,
      source: '10.0.0.1',
      destination: 'fd00::1',
      sourcePort: null,
      destinationPort: 53,
      protocol: 'dns',
      length: 60,
      info: 'Standard query, "x"',
    });
    assert.equal(line, '3,1700000000.25,10.0.0.1,fd00::1,,53,dns,60,"Standard query, ""x"""\r\n');
  });

  it('writes a flow under as many columns as its header has', () => {
    const line = flowCsvLine({
      protocol: 'tcp',
      a: '10.0.0.1',
      aPort: 4000,
      b: '10.0.0.2',
      bPort: 80,
      start: 1,
      end: 2.5,
      durationUs: 1500000,
      packetsAToB: 2,
      packetsBToA: 1,
      bytesAToB: 120,
      bytesBToA: 60,
      state: 'established',
      application: 'http',
      serverName: null,
      tcpHandshakeMs: 0.5,
      retransmittedSegments: 0,
      tcpAnalysis: { ...noTcpAnalysis, duplicateAcks: 3 },
      rtpJitterMs: null,
    });
    assert.equal(line.split(',').length, flowCsvHeader.split(',').length);
    assert.equal(
      line,
      'tcp,10.0.0.1,4000,10.0.0.2,80,1,2.5,1500000,2,1,120,60,established,http,,0.5,0,0,0,0,3,0,0,\r\n',
    );
  });
});
