import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import { LimitCounter, engineLimits } from '../limits';
import { ConversationTable } from './conversationTable';
import { Flow, flowEvents, idleClasses } from './flow';
import { bareFlowBytes, flowWeightBytes } from './flowWeight';
import { AddressHash, wordAt } from './hash';
import type { Host } from './host';
import { HostTable } from './hostTable';
import { IdleLists, defaultFlowTimeouts } from './idleLists';
import type { FlowTimeouts } from './idleLists';
import { TcpDirections } from './tcpDirections';
import { advanceTcp } from './tcpState';
import { SegmentBudget } from './unacknowledgedSegments';

/** Why a flow left the table. */
export type FlowEndReason = 'idle' | 'replaced' | 'evicted' | 'finish';

type FlowHandler = (flow: Flow) => void;

const tcp = 6;
/** Objects kept for flows to come; enough for a burst that ends at once. */
const maxFree = 4096;

/** An address pair and ports to look a flow up by, filled from a packet or from the packet that an ICMP error quotes. */
interface FlowKey {
  addressLength: number;
  ipProtocol: number;
  s0: number;
  s1: number;
  s2: number;
  s3: number;
  d0: number;
  d1: number;
  d2: number;
  d3: number;
  sourcePort: number;
  destinationPort: number;
}

/**
 * All open flows, found by integers only, bounded; idle ones end by packet time. After `add`, the fields `flow`, `fromA`
 * and `events` say what the packet was.
 */
export class FlowTable {
  readonly hosts: HostTable;
  readonly conversations: ConversationTable;
  readonly limit: LimitCounter;
  readonly memoryLimit: LimitCounter;
  readonly segmentLimit = new LimitCounter('unacknowledged segments', engineLimits.unacknowledgedSegments);

  /** The flow of the newest packet; null when it has none (no IP, a fragment without a known first one). */
  flow: Flow | null = null;
  /** Whether the newest packet went from `flow.a` to `flow.b`. */
  fromA = true;
  /** `flowEvents` bits of the newest packet. */
  events = 0;
  /** Sender and receiver of the newest packet; null without IP. */
  source: Host | null = null;
  destination: Host | null = null;

  total = 0;
  totalTcp = 0;
  totalUdp = 0;

  readonly #onEnd: (flow: Flow, reason: FlowEndReason) => void;
  readonly #hash = new AddressHash();
  #buckets: (Flow | null)[] = new Array<Flow | null>(4096).fill(null);
  #open = 0;
  /** How many of the open flows are closed or reset. */
  #over = 0;
  #serial = 0;
  readonly #free: Flow[] = [];
  readonly #directions = new TcpDirections(new SegmentBudget(this.segmentLimit));
  readonly #idle: IdleLists;
  readonly #activeTimeoutUs: number;
  readonly #onActiveTimeout: FlowHandler | undefined;
  #nextIdleCheckUs = 0;
  readonly #key: FlowKey = {
    addressLength: 0,
    ipProtocol: 0,
    s0: 0,
    s1: 0,
    s2: 0,
    s3: 0,
    d0: 0,
    d1: 0,
    d2: 0,
    d3: 0,
    sourcePort: -1,
    destinationPort: -1,
  };

  /**
   * `onEnd` gets each flow once; its object is another flow's after the call. `onActiveTimeout` gets a flow that goes on each time
   * it is older than the active timeout; what comes after counts as the next flow.
   */
  constructor(options: {
    localAddresses: readonly string[];
    onEnd: (flow: Flow, reason: FlowEndReason) => void;
    maxFlows?: number;
    maxBytes?: number;
    timeouts?: FlowTimeouts;
    onActiveTimeout?: FlowHandler;
  }) {
    const timeouts = options.timeouts ?? defaultFlowTimeouts;
    this.#idle = new IdleLists(timeouts);
    this.#activeTimeoutUs = timeouts.activeMs * 1000;
    this.#onActiveTimeout = options.onActiveTimeout;
    this.hosts = new HostTable(this.#hash, options.localAddresses);
    this.conversations = new ConversationTable();
    this.limit = new LimitCounter('open flows', options.maxFlows ?? engineLimits.openFlows);
    this.memoryLimit = new LimitCounter('bytes of open flows', options.maxBytes ?? engineLimits.openFlowBytes);
    this.#onEnd = options.onEnd;
  }

  get open(): number {
    return this.#open;
  }

  /** Open flows without the TCP connections that are closed or reset and only wait for stragglers. */
  get active(): number {
    return this.#open - this.#over;
  }

  /** Counts one packet in its flow, conversation and hosts. */
  add(view: PacketView): void {
    this.flow = null;
    this.events = 0;
    this.source = null;
    this.destination = null;
    if (view.addressLength === 0) return;
    // Once a second of packet time; the second test is for a clock that was set back.
    if (view.timeUs >= this.#nextIdleCheckUs || view.timeUs < this.#nextIdleCheckUs - 10e6) this.advance(view.timeUs);
    while (this.#idle.bytes > this.memoryLimit.limit && this.#endOneOf(this.memoryLimit));
    const key = this.#key;
    readAddresses(key, view.bytes, view.sourceAddressOffset, view.destinationAddressOffset, view.addressLength);
    key.ipProtocol = view.ipProtocol;
    key.sourcePort = view.sourcePort;
    key.destinationPort = view.destinationPort;
    if (view.fragmentOffset > 0 || view.fragmentHeld) {
      this.#addFragment(view);
      return;
    }
    const hash = this.#hashOf(key);
    let flow = this.#find(key, hash);
    if (flow !== null && view.tcpValid && beginsAnew(flow, view)) {
      this.#end(flow, 'replaced');
      flow = this.#make(view, hash);
      this.events |= flowEvents.reusedPorts;
    }
    if (flow === null) flow = this.#make(view, hash);
    else if (view.timeUs - (flow.reported ?? flow).startUs >= this.#activeTimeoutUs) this.#report(view, flow);
    this.#count(view, flow);
    if (view.ipProtocol === tcp && view.tcpValid) this.#advanceTcp(view, flow);
    if (view.fragment) flow.conversation.fragmentFlow = flow;
  }

  /** The flow of the packet that the ICMP error in `view` quotes (RFC 792, RFC 4443 section 3), with its direction. */
  quoted(view: PacketView): { flow: Flow; fromA: boolean } | null {
    const { bytes } = view;
    const offset = view.icmpQuotedOffset;
    if (offset < 0) return null;
    const version = (bytes[offset] ?? 0) >> 4;
    const key = this.#key;
    let transport: number;
    if (version === 4) {
      readAddresses(key, bytes, offset + 12, offset + 16, 4);
      key.ipProtocol = bytes[offset + 9] ?? 0;
      transport = offset + ((bytes[offset] ?? 0) & 15) * 4;
    } else if (version === 6) {
      readAddresses(key, bytes, offset + 8, offset + 24, 16);
      key.ipProtocol = bytes[offset + 6] ?? 0;
      transport = offset + 40;
    } else {
      return null;
    }
    if (transport + 4 > bytes.length || (key.ipProtocol !== tcp && key.ipProtocol !== 17)) return null;
    const ports = wordAt(bytes, transport);
    key.sourcePort = ports >>> 16;
    key.destinationPort = ports & 0xffff;
    const { fromA } = this;
    const flow = this.#find(key, this.#hashOf(key));
    const quotedFromA = this.fromA;
    this.fromA = fromA;
    return flow === null ? null : { flow, fromA: quotedFromA };
  }

  /**
   * Ends the flows that are idle at the last whole second before `nowUs`: whole ones, so that it makes no difference when it
   * was asked in between.
   */
  advance(nowUs: number): void {
    const secondUs = Math.floor(nowUs / 1e6) * 1e6;
    this.#nextIdleCheckUs = secondUs + 1e6;
    for (;;) {
      const flow = this.#idle.expired(secondUs);
      if (flow === null) return;
      this.#end(flow, 'idle');
    }
  }

  /** Ends every flow, the oldest first. */
  finish(): void {
    const flows = this.#list().sort((x, y) => x.serial - y.serial);
    for (const flow of flows) this.#end(flow, 'finish');
  }

  /** Takes note of how much memory the flow of the newest packet takes now; call it when everybody has seen the packet. */
  weigh(flow: Flow): void {
    const bytes = flowWeightBytes(flow);
    if (bytes !== flow.weightBytes) this.#idle.weigh(flow, bytes);
  }

  *openFlows(): Generator<Flow> {
    for (const first of this.#buckets) {
      for (let flow = first; flow !== null; flow = flow.nextInBucket) yield flow;
    }
  }

  #hashOf(key: FlowKey): number {
    // The sum is the same for both directions.
    const source = this.#hash.endpoint(key.s0, key.s1, key.s2, key.s3, key.sourcePort);
    const destination = this.#hash.endpoint(key.d0, key.d1, key.d2, key.d3, key.destinationPort);
    return Math.imul((source + destination) ^ key.ipProtocol, 0x9e3779b1);
  }

  #find(key: FlowKey, hash: number): Flow | null {
    let flow = this.#buckets[(hash >>> 8) & (this.#buckets.length - 1)] ?? null;
    while (flow !== null) {
      if (flow.hash === hash && flow.ipProtocol === key.ipProtocol && flow.addressLength === key.addressLength) {
        this.fromA = isForward(flow, key);
        if (this.fromA || isBackward(flow, key)) return flow;
      }
      flow = flow.nextInBucket;
    }
    return null;
  }

  #make(view: PacketView, hash: number): Flow {
    if (this.#open >= this.limit.limit) this.#endOneOf(this.limit);
    if (this.#open >= this.#buckets.length) this.#grow();
    // A SYN/ACK answers a SYN that was not captured, so its receiver opened the flow.
    const reversed = view.tcpValid && (view.tcpFlags & (tcpFlags.syn | tcpFlags.ack)) === (tcpFlags.syn | tcpFlags.ack);
    const source = this.hosts.at(view.bytes, view.sourceAddressOffset, view.addressLength);
    const destination = this.hosts.at(view.bytes, view.destinationAddressOffset, view.addressLength);
    const conversation = this.conversations.between(source, destination);
    const a = reversed ? destination : source;
    const b = reversed ? source : destination;
    const pooled = this.#free.pop();
    const flow = pooled ?? new Flow(a, b, conversation);
    if (pooled !== undefined) pooled.reset(a, b, conversation);
    flow.serial = ++this.#serial;
    flow.addressLength = view.addressLength;
    flow.ipProtocol = view.ipProtocol;
    flow.aWord0 = a.word0;
    flow.aWord1 = a.word1;
    flow.aWord2 = a.word2;
    flow.aWord3 = a.word3;
    flow.bWord0 = b.word0;
    flow.bWord1 = b.word1;
    flow.bWord2 = b.word2;
    flow.bWord3 = b.word3;
    flow.aPort = reversed ? view.destinationPort : view.sourcePort;
    flow.bPort = reversed ? view.sourcePort : view.destinationPort;
    flow.startUs = view.timeUs;
    flow.endUs = view.timeUs;
    flow.firstPacket = view.number;
    flow.hash = hash;
    flow.weightBytes = bareFlowBytes;
    flow.idleClass = view.ipProtocol === tcp ? idleClasses.handshakeOrClosed : idleClasses.datagram;
    const bucket = (hash >>> 8) & (this.#buckets.length - 1);
    flow.nextInBucket = this.#buckets[bucket] ?? null;
    this.#buckets[bucket] = flow;
    this.#idle.add(flow);
    this.#open++;
    this.#countFlow(view);
    this.fromA = !reversed;
    this.events = flowEvents.opened;
    return flow;
  }

  /** Makes room; false when there is nothing to end. */
  #endOneOf(limit: LimitCounter): boolean {
    const flow = limit === this.limit ? this.#idle.oldest() : this.#idle.oldestOfMost(limit.limit);
    if (flow === null) return false;
    limit.hits++;
    this.#end(flow, 'evicted');
    return true;
  }

  #countFlow(view: PacketView): void {
    this.total++;
    if (view.ipProtocol === tcp) this.totalTcp++;
    else if (view.ipProtocol === 17) this.totalUdp++;
  }

  /** Active timeout (RFC 5102 `flowEndReason` 2): the connection goes on, its next part is a flow of its own. */
  #report(view: PacketView, flow: Flow): void {
    this.#onActiveTimeout?.(flow);
    const { packetsAToB, packetsBToA, bytesAToB, bytesBToA, retransmittedSegments } = flow;
    flow.reported = { startUs: view.timeUs, packetsAToB, packetsBToA, bytesAToB, bytesBToA, retransmittedSegments };
    this.#countFlow(view);
  }

  #count(view: PacketView, flow: Flow): void {
    this.flow = flow;
    const bytes = view.originalLength;
    if (!flow.a.listed) flow.a = this.hosts.relist(flow.a);
    if (!flow.b.listed) flow.b = this.hosts.relist(flow.b);
    if (!flow.conversation.listed) flow.conversation = this.conversations.relist(flow.conversation);
    const { a, b, conversation } = flow;
    conversation.packets++;
    conversation.bytes += bytes;
    a.packets++;
    if (b !== a) b.packets++;
    const payload = view.payloadWireLength;
    if (payload > 0) flow.payloadPackets++;
    if (this.fromA) {
      flow.packetsAToB++;
      flow.bytesAToB += bytes;
      flow.payloadBytesAToB += payload;
      a.bytesSent += bytes;
      b.bytesReceived += bytes;
      this.source = a;
      this.destination = b;
    } else {
      if (flow.packetsBToA === 0) this.events |= flowEvents.answered;
      flow.packetsBToA++;
      flow.bytesBToA += bytes;
      flow.payloadBytesBToA += payload;
      b.bytesSent += bytes;
      a.bytesReceived += bytes;
      this.source = b;
      this.destination = a;
    }
    if (view.timeUs > flow.endUs) flow.endUs = view.timeUs;
    this.#idle.touch(flow);
  }

  #advanceTcp(view: PacketView, flow: Flow): void {
    const wasOver = isOver(flow);
    this.events |= advanceTcp(flow, view, this.fromA, this.#directions);
    if (isOver(flow) !== wasOver) this.#over += wasOver ? -1 : 1;
    const open = flow.state === 'established' || flow.state === 'closing';
    const idleClass = open ? idleClasses.established : idleClasses.handshakeOrClosed;
    if (idleClass !== flow.idleClass) this.#idle.move(flow, idleClass);
  }

  /** A later fragment has no ports: it belongs to the flow of the newest first fragment between the two. */
  #addFragment(view: PacketView): void {
    const source = this.hosts.at(view.bytes, view.sourceAddressOffset, view.addressLength);
    const destination = this.hosts.at(view.bytes, view.destinationAddressOffset, view.addressLength);
    const conversation = this.conversations.between(source, destination);
    const flow = conversation.fragmentFlow;
    if (flow !== null && flow.conversation === conversation && flow.ipProtocol === view.ipProtocol) {
      this.fromA = flow.a === source;
      this.#count(view, flow);
      return;
    }
    this.source = source;
    this.destination = destination;
    source.packets++;
    if (source !== destination) destination.packets++;
    source.bytesSent += view.originalLength;
    destination.bytesReceived += view.originalLength;
    conversation.packets++;
    conversation.bytes += view.originalLength;
  }

  #end(flow: Flow, reason: FlowEndReason): void {
    this.#onEnd(flow, reason);
    if (isOver(flow)) this.#over--;
    const bucket = (flow.hash >>> 8) & (this.#buckets.length - 1);
    let at = this.#buckets[bucket] ?? null;
    if (at === flow) {
      this.#buckets[bucket] = flow.nextInBucket;
    } else {
      while (at !== null && at.nextInBucket !== flow) at = at.nextInBucket;
      if (at !== null) at.nextInBucket = flow.nextInBucket;
    }
    flow.nextInBucket = null;
    this.#idle.remove(flow);
    if (flow.conversation.fragmentFlow === flow) flow.conversation.fragmentFlow = null;
    flow.serial = 0;
    if (flow.aToB !== null) this.#directions.give(flow.aToB);
    if (flow.bToA !== null) this.#directions.give(flow.bToA);
    flow.aToB = null;
    flow.bToA = null;
    this.#open--;
    if (this.#free.length < maxFree) this.#free.push(flow);
  }

  #list(): Flow[] {
    const flows: Flow[] = [];
    for (const first of this.#buckets) {
      for (let flow = first; flow !== null; flow = flow.nextInBucket) flows.push(flow);
    }
    return flows;
  }

  #grow(): void {
    const flows = this.#list();
    const buckets = new Array<Flow | null>(this.#buckets.length * 2).fill(null);
    for (const flow of flows) {
      const bucket = (flow.hash >>> 8) & (buckets.length - 1);
      flow.nextInBucket = buckets[bucket] ?? null;
      buckets[bucket] = flow;
    }
    this.#buckets = buckets;
  }
}

function isOver(flow: Flow): boolean {
  return flow.state === 'closed' || flow.state === 'reset';
}

function readAddresses(key: FlowKey, bytes: Uint8Array, source: number, destination: number, length: number): void {
  key.addressLength = length;
  key.s0 = wordAt(bytes, source);
  key.d0 = wordAt(bytes, destination);
  const six = length === 16;
  key.s1 = six ? wordAt(bytes, source + 4) : 0;
  key.s2 = six ? wordAt(bytes, source + 8) : 0;
  key.s3 = six ? wordAt(bytes, source + 12) : 0;
  key.d1 = six ? wordAt(bytes, destination + 4) : 0;
  key.d2 = six ? wordAt(bytes, destination + 8) : 0;
  key.d3 = six ? wordAt(bytes, destination + 12) : 0;
}

function isForward(flow: Flow, key: FlowKey): boolean {
  return (
    flow.aWord0 === key.s0 &&
    flow.bWord0 === key.d0 &&
    flow.aPort === key.sourcePort &&
    flow.bPort === key.destinationPort &&
    flow.aWord1 === key.s1 &&
    flow.aWord2 === key.s2 &&
    flow.aWord3 === key.s3 &&
    flow.bWord1 === key.d1 &&
    flow.bWord2 === key.d2 &&
    flow.bWord3 === key.d3
  );
}

function isBackward(flow: Flow, key: FlowKey): boolean {
  return (
    flow.bWord0 === key.s0 &&
    flow.aWord0 === key.d0 &&
    flow.bPort === key.sourcePort &&
    flow.aPort === key.destinationPort &&
    flow.bWord1 === key.s1 &&
    flow.bWord2 === key.s2 &&
    flow.bWord3 === key.s3 &&
    flow.aWord1 === key.d1 &&
    flow.aWord2 === key.d2 &&
    flow.aWord3 === key.d3
  );
}

/** A SYN that repeats nothing begins a new connection on ports that were used before. */
function beginsAnew(flow: Flow, view: PacketView): boolean {
  if ((view.tcpFlags & (tcpFlags.syn | tcpFlags.ack)) !== tcpFlags.syn) return false;
  if (flow.state === 'syn-received' && !flow.synSeen) return false;
  return !flow.synSeen || flow.initialSequence !== (view.tcpSequence | 0);
}
