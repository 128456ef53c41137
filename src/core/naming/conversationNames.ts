import type { ProtocolName } from '../decode/protocols';
import type { HandshakeFragments } from './dtlsNames';
import type { Namer } from './payload';
import type { SegmentedMessage } from './segmentedMessage';
import type { TlsNames } from './tlsNames';
import type { HttpNames } from './httpNames';

/** What is remembered of a conversation to name what its packets hold. */
export class ConversationNames {
  /** @param expected ports of data connections that other conversations announced, shared by all */
  constructor(readonly expected: Set<number> | null = null) {}

  /** Namer that took something before and is asked first, as tshark's conversations have a dissector. */
  namer: Namer | null = null;
  /** Payloads in a row that nobody took; at the limit nobody is asked any more. */
  unknown = 0;
  /** TCP: the unfinished message of each direction. */
  aToB: SegmentedMessage | null = null;
  bToA: SegmentedMessage | null = null;
  http: HttpNames | null = null;
  tlsA: TlsNames | null = null;
  tlsB: TlsNames | null = null;
  mailAsked = false;
  /** Bytes of the mail that is being sent. */
  mail: Uint8Array | null = null;
  /** Bytes of a mail, or of a piece of it, that are still to come. */
  mailChunkLeft = 0;
  tlsAsked = false;
  /** Names of what the server sends until it ends the connection. */
  atEnd: readonly ProtocolName[] | null = null;
  /** RTP is interleaved with RTSP. */
  interleaved = false;
  /** DTLS: the handshake message that each side is sending in fragments. */
  dtlsA: HandshakeFragments | null = null;
  dtlsB: HandshakeFragments | null = null;
  sshKeysA = false;
  sshKeysB = false;
  /** Program of the newest remote call. */
  rpcProgram = 0;
  /** What the connection speaks from here on, said by the newest message. */
  upgradedTo: Namer | null = null;
}
