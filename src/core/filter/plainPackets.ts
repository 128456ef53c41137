import type { PacketView } from '../decode/packetView';
import type { Flow } from '../flows/flow';
import { FlowTable } from '../flows/flowTable';
import { TcpStreams } from '../flows/tcpStreams';
import { PlainReader } from '../follow/plainReader';
import type { PlainConnection, PlainKind, PlainPiece } from '../follow/plainReader';
import { LimitCounter, engineLimits } from '../limits';
import type { HeaderField } from '../streams/http2/headerField';
import type { KeyLog } from '../streams/keyLog';
import { StreamMemory } from '../streams/streamDirection';

/** A body is for reading in its document; of one packet the tree shows so much. */
const maxPieceBytes = 16_384;
const nothing: readonly PlainPiece[] = [];
/** Two strings and the pair of them. */
const fieldOverheadBytes = 64;

/**
 * What packets hold inside TLS, by their numbers, where a key log has the keys: each piece counts for the packet that makes it whole.
 * Takes the packets of a capture from the first on; bounded by `engineLimits.plainBytes`. Never throws.
 */
export class PlainPackets {
  readonly limit: LimitCounter;
  readonly #pieces = new Map<number, PlainPiece[]>();
  readonly #flows: FlowTable;
  readonly #streams: TcpStreams;
  #connections = new WeakMap<Flow, { serial: number; shared: PlainConnection }>();
  #number = 0;
  #bytes = 0;

  constructor(keyLog: KeyLog, limitBytes: number = engineLimits.plainBytes) {
    this.limit = new LimitCounter('bytes of decrypted packets', limitBytes);
    this.#flows = new FlowTable({ localAddresses: [], onEnd: (flow) => this.#flowEnded(flow) });
    const memory = new StreamMemory();
    const ignored = (): void => undefined;
    this.#streams = new TcpStreams({ message: ignored, protocol: ignored }, memory, keyLog, (flow) => {
      return new PlainReader(this.#shared(flow), (...piece) => this.#keep(...piece), memory);
    });
  }

  /** Packets that hold something. */
  get size(): number {
    return this.#pieces.size;
  }

  packet(view: PacketView): void {
    this.#number = view.number;
    this.#flows.add(view);
    const { flow } = this.#flows;
    if (flow === null || !view.tcpValid || view.fragmentOffset !== 0) return;
    this.#streams.packet(view, flow, this.#flows.fromA);
    this.#flows.weigh(flow, view);
  }

  of(number: number): readonly PlainPiece[] {
    return this.#pieces.get(number) ?? nothing;
  }

  #flowEnded(flow: Flow): void {
    this.#streams.flowEnded(flow);
    for (const reader of this.#connections.get(flow)?.shared.readers ?? []) reader.release();
    this.#connections.delete(flow);
  }

  /** A flow's object is used again by later flows. */
  #shared(flow: Flow): PlainConnection {
    const known = this.#connections.get(flow);
    if (known?.serial === flow.serial) return known.shared;
    const shared: PlainConnection = { http2: null };
    this.#connections.set(flow, { serial: flow.serial, shared });
    return shared;
  }

  #keep(
    kind: PlainKind,
    bytes: Uint8Array,
    start: number,
    end: number,
    fields: readonly HeaderField[] | null = null,
  ): void {
    const kept = kind === 'http-head' ? end : Math.min(end, start + maxPieceBytes);
    const bytesMore = kept - start + engineLimits.plainPieceBytes + fieldsBytes(fields);
    if (this.#bytes + bytesMore > this.limit.limit) {
      this.limit.hits++;
      return;
    }
    this.#bytes += bytesMore;
    const piece: PlainPiece = { kind, bytes: bytes.slice(start, kept), fields };
    const known = this.#pieces.get(this.#number);
    if (known === undefined) this.#pieces.set(this.#number, [piece]);
    else known.push(piece);
  }
}

/** What a list takes beside the bytes that it was made of. */
function fieldsBytes(fields: readonly HeaderField[] | null): number {
  if (fields === null) return 0;
  return fields.reduce((sum, [name, value]) => sum + name.length + value.length + fieldOverheadBytes, 0);
}
