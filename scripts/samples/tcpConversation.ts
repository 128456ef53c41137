import { hexBytes, ipProtocols, tcp } from './frames';
import type { Timeline } from './timeline';

export type Side = 'client' | 'server';

/**
 * What happens to one segment of a message: `repeated` is lost behind the place of capture and seen twice, `missing` is
 * lost before it and seen once, late, after duplicate acknowledgments.
 */
export type Loss = 'none' | 'repeated' | 'missing';

const synOptions = hexBytes('0101 0402 01030307');

/** One TCP connection as a capture beside the client sees it; sequence numbers are right throughout. */
export class TcpConversation {
  /** Where the conversation stands; the next packet is later. */
  nowUs: number;
  private readonly sequence: Record<Side, number>;
  /** What fits into 1500 bytes beside the headers of the IP version. */
  private readonly maxSegmentBytes: number;

  constructor(
    private readonly timeline: Timeline,
    private readonly ends: { client: string; clientPort: number; server: string; serverPort: number },
    startUs: number,
    private readonly roundTripUs: number,
  ) {
    this.nowUs = startUs;
    this.maxSegmentBytes = ends.client.includes(':') ? 1440 : 1460;
    const { random } = timeline;
    this.sequence = { client: random.integer(1, 2 ** 31), server: random.integer(1, 2 ** 31) };
  }

  open(): void {
    this.emit('client', 'S');
    this.sequence.client += 1;
    this.wait(this.roundTripUs);
    this.emit('server', 'SA');
    this.sequence.server += 1;
    this.wait(60);
    this.emit('client', 'A');
    this.wait(90);
  }

  /** Sends the message in segments of at most the maximum size, with the acknowledgments of the other side. */
  send(from: Side, message: Uint8Array, loss: Loss = 'none'): void {
    const segments: Uint8Array[] = [];
    for (let at = 0; at < message.length; at += this.maxSegmentBytes) {
      segments.push(message.subarray(at, at + this.maxSegmentBytes));
    }
    const lastIndex = segments.length - 1;
    const missingIndex = loss === 'missing' ? Math.max(0, lastIndex - 5) : -1;
    let missing: { segment: Uint8Array; sequence: number } | null = null;
    segments.forEach((segment, index) => {
      const flags = index === lastIndex ? 'PA' : 'A';
      const sequence = this.sequence[from];
      this.sequence[from] += segment.length;
      if (index === missingIndex) {
        missing = { segment, sequence };
        return;
      }
      this.emit(from, flags, { payload: segment, sequence });
      if (index === 0 && loss === 'repeated') {
        this.wait(220_000);
        this.emit(from, flags, { payload: segment, sequence });
      }
      if (from === 'client' && index === lastIndex) this.wait(this.roundTripUs);
      if (missing) this.acknowledge(from, missing.sequence);
      else if (index % 2 === 1 || index === lastIndex) this.acknowledge(from, this.sequence[from]);
      this.wait(this.timeline.random.integer(150, 700));
    });
    if (missing) this.resend(from, missing);
  }

  private resend(from: Side, missing: { segment: Uint8Array; sequence: number }): void {
    this.wait(1.3 * this.roundTripUs);
    this.emit(from, 'A', { payload: missing.segment, sequence: missing.sequence });
    this.acknowledge(from, this.sequence[from]);
    this.wait(100);
  }

  /** Both sides end, the client first. */
  close(): void {
    this.emit('client', 'FA');
    this.sequence.client += 1;
    this.wait(this.roundTripUs);
    this.emit('server', 'FA');
    this.sequence.server += 1;
    this.wait(60);
    this.emit('client', 'A');
  }

  wait(timeUs: number): void {
    this.nowUs += Math.max(1, Math.round(timeUs * (0.9 + 0.2 * this.timeline.random.next())));
  }

  /** The other side acknowledges what `sender` sent before `upTo`. */
  private acknowledge(sender: Side, upTo: number): void {
    this.wait(40);
    this.emit(other(sender), 'A', { acknowledgment: upTo });
  }

  private emit(from: Side, flags: string, fields: Fields = {}): void {
    const { client, clientPort, server, serverPort } = this.ends;
    const up = from === 'client';
    const [source, destination] = up ? [client, server] : [server, client];
    const syn = flags.includes('S');
    const sequence = fields.sequence ?? this.sequence[from];
    const acknowledgment = fields.acknowledgment ?? this.sequence[other(from)];
    const segment = tcp(
      {
        source,
        destination,
        sourcePort: up ? clientPort : serverPort,
        destinationPort: up ? serverPort : clientPort,
        flags,
        sequence: sequence >>> 0,
        acknowledgment: flags.includes('A') ? acknowledgment >>> 0 : 0,
        window: syn ? 64_240 : 502,
        ...(syn
          ? { options: Uint8Array.of(2, 4, this.maxSegmentBytes >> 8, this.maxSegmentBytes & 0xff, ...synOptions) }
          : {}),
      },
      fields.payload,
    );
    this.timeline.ip(this.nowUs, source, destination, ipProtocols.tcp, segment);
  }
}

/** What a segment carries where it is not just where the two sides stand. */
interface Fields {
  payload?: Uint8Array;
  sequence?: number;
  acknowledgment?: number;
}

function other(side: Side): Side {
  return side === 'client' ? 'server' : 'client';
}
