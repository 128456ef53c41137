import { concatBytes } from '../bytes/concatBytes';
import { uint16 } from '../bytes/integers';
import { isTlsRecord } from '../decode/tls';
import type { KeyLog } from '../streams/keyLog';
import { TlsSession } from '../streams/tlsSession';
import type { StreamPiece } from './followedStream';

const recordHeaderLength = 5;
const nothing = new Uint8Array(0);

/** What a TLS connection says inside. */
export interface DecryptedStream {
  pieces: StreamPiece[];
  /** From some point on a side was not decrypted: no key, or bytes of it are missing. */
  cut: boolean;
}

/**
 * The application data of a TLS connection out of its two sides, a piece for each record. Null when nothing of it can be decrypted: no TLS,
 * no key, a suite that is not known.
 */
export function decryptStream(pieces: readonly StreamPiece[], keyLog: KeyLog): DecryptedStream | null {
  if (keyLog.size === 0) return null;
  const session = new TlsSession(keyLog);
  const plain: StreamPiece[] = [];
  const rest = { a: nothing, b: nothing };
  for (const piece of pieces) {
    const { fromA } = piece;
    const side = fromA ? 'a' : 'b';
    if (piece.afterGap) session.lose(fromA);
    if (session.isOver(fromA)) continue;
    const bytes = rest[side].length === 0 ? piece.bytes : concatBytes([rest[side], piece.bytes]);
    let offset = 0;
    while (bytes.length - offset >= recordHeaderLength) {
      if (!isTlsRecord(bytes, offset, bytes.length)) {
        session.lose(fromA);
        break;
      }
      const next = offset + recordHeaderLength + uint16(bytes, offset + 3);
      if (next > bytes.length) break;
      const data = session.record(fromA, bytes, offset, next);
      if (data !== null && data.length > 0) plain.push({ ...piece, bytes: data, afterGap: false });
      offset = next;
    }
    rest[side] = bytes.slice(offset);
  }
  return session.decrypts ? { pieces: plain, cut: session.isOver(true) || session.isOver(false) } : null;
}
