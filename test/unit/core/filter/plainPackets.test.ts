import assert from 'node:assert/strict';
import { decodePacket } from '../../../../src/core/decode/decodePacket';
import { PacketView } from '../../../../src/core/decode/packetView';
import { PlainPackets } from '../../../../src/core/filter/plainPackets';
import { engineLimits } from '../../../../src/core/limits';
import { KeyLog } from '../../../../src/core/streams/keyLog';
import { converse, makeCertificate } from '../../../support/tlsConversation';
import type { TlsConversation } from '../../../support/tlsConversation';

const requests = Array.from({ length: 8 }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: localhost\r\n\r\n`);

describe('PlainPackets', function () {
  this.timeout(30_000);
  let said: TlsConversation;

  before(async function () {
    const certificate = makeCertificate('ec');
    if (certificate === null) {
      console.log('      skipped: there is no openssl to make a certificate with');
      this.skip();
    }
    said = await converse(certificate, { requests, answer: Uint8Array.of(1) });
  });

  function heads(limitBytes?: number): { plain: PlainPackets; texts: string[]; weightBytes: number } {
    const keyLog = new KeyLog();
    keyLog.add(Buffer.from(said.keyLog));
    const plain = new PlainPackets(keyLog, limitBytes);
    const view = new PacketView();
    for (const packet of said.packets) {
      decodePacket(view, packet);
      plain.packet(view);
    }
    const pieces = said.packets.flatMap(({ number }) => plain.of(number));
    const weightBytes = pieces.reduce((sum, { bytes }) => sum + bytes.length + engineLimits.plainPieceBytes, 0);
    const texts = pieces.filter(({ kind }) => kind === 'http-head').map(({ bytes }) => Buffer.from(bytes).toString());
    return { plain, texts, weightBytes };
  }

  it('keep what each packet of a connection brings', () => {
    const { plain, texts } = heads();
    assert.deepEqual(
      texts.filter((text) => text.startsWith('GET')),
      requests,
    );
    assert.equal(plain.limit.hits, 0);
  });

  it('keep no more than their limit of it, small pieces with what holds them, and count what they leave', () => {
    const limitBytes = 4 * engineLimits.plainPieceBytes;
    const { plain, texts, weightBytes } = heads(limitBytes);
    assert.ok(texts.length > 0 && weightBytes <= limitBytes, `${weightBytes} bytes, ${texts.length} heads`);
    assert.ok(plain.limit.hits > requests.length);
  });
});
