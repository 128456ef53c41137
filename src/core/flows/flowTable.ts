import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import { LimitCounter, engineLimits } from '../limits';
import { ConversationTable } from './conversationTable';
import type { Conversation } from './conversationTable';
import { Flow, flowEvents, idleClasses } from './flow';
import { FlowKey, isBackward, isForward, readAddresses } from './flowKey';
import { bareFlowBytes, flowWeightBytes } from './flowWeight';
import { AddressHash, wordAt } from './hash';
import { HashIndex } from './hashIndex';
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
  /** All flow objects by their slot, open or waiting for the next flow; null where an object was given up. */
  readonly #slots: (Flow | null)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #index = new HashIndex();
  /** Flow of the packet before: often that of the next one, too. */
  #last: Flow | null = null;
  #open = 0;
  /** How many of the open flows are closed or reset. */
  #over = 0;
  #serial = 0;
  readonly #free: Flow[] = [];
  readonly #directions = new TcpDirections(new SegmentBudget(this.segmentLimit));
  readonly #idle: IdleLists;
  readonly #activeTimeoutUs: number;
  readonly #timesOut: boolean;
  readonly #onActiveTimeout: FlowHandler | undefined;
  #nextIdleCheckUs = 0;
  readonly #key = new FlowKey();

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
    this.#idle = new IdleLists(timeouts, this.#slots);
    this.#activeTimeoutUs = timeouts.activeMs * 1000;
    this.#timesOut = this.#activeTimeoutUs < Number.POSITIVE_INFINITY;
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
    const last = this.#last;
    let flow = last !== null && last.serial > 0 && this.#isOf(last, key) ? last : null;
    if (flow === null) {
      const hash = this.#hashOf(key);
      flow = this.#find(key, hash) ?? this.#make(view, hash);
      this.#last = flow;
    }
    if ((this.events & flowEvents.opened) === 0 && view.tcpValid && beginsAnew(flow, view)) {
      const { hash } = flow;
      this.#end(flow, 'replaced');
      flow = this.#make(view, hash);
      this.#last = flow;
      this.events |= flowEvents.reusedPorts;
    }
    if ((this.events & flowEvents.opened) !== 0) this.#countFlow(view);
    else if (this.#timesOut && view.timeUs - (flow.reported ?? flow).startUs >= this.#activeTimeoutUs)
      this.#report(view, flow);
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
    const flows = [...this.openFlows()].sort((x, y) => x.serial - y.serial);
    for (const flow of flows) this.#end(flow, 'finish');
  }

  /** Takes note of how much memory the flow of the newest packet takes now; call it when everybody has seen the packet. */
  weigh(flow: Flow, view: PacketView): void {
    // A bare acknowledgment changes nothing of it once both sides have been heard.
    if (
      view.tcpValid &&
      view.payloadWireLength === 0 &&
      flow.weightBytes > bareFlowBytes &&
      view.tcpFlags === tcpFlags.ack
    )
      return;
    const bytes = flowWeightBytes(flow);
    if (bytes !== flow.weightBytes) this.#idle.weigh(flow, bytes);
  }

  *openFlows(): Generator<Flow> {
    for (const flow of this.#slots) if (flow !== null && flow.serial > 0) yield flow;
  }

  #hashOf(key: FlowKey): number {
    // The sum is the same for both directions.
    const source = this.#hash.endpoint(key.s0, key.s1, key.s2, key.s3, key.sourcePort);
    const destination = this.#hash.endpoint(key.d0, key.d1, key.d2, key.d3, key.destinationPort);
    return Math.imul((source + destination) ^ key.ipProtocol, 0x9e3779b1);
  }

  #find(key: FlowKey, hash: number): Flow | null {
    for (let slot = this.#index.first(hash); slot >= 0; slot = this.#index.after(slot)) {
      const flow = this.#slots[slot] ?? null;
      if (flow !== null && this.#isOf(flow, key)) return flow;
    }
    return null;
  }

  /** Whether the key is that of the flow; then `fromA` says in which direction. */
  #isOf(flow: Flow, key: FlowKey): boolean {
    if (flow.ipProtocol !== key.ipProtocol || flow.addressLength !== key.addressLength) return false;
    if (isForward(flow, key)) {
      this.fromA = true;
      return true;
    }
    if (!isBackward(flow, key)) return false;
    this.fromA = false;
    return true;
  }

  #make(view: PacketView, hash: number): Flow {
    if (this.#open >= this.limit.limit) this.#endOneOf(this.limit);
    // A SYN/ACK answers a SYN that was not captured, so its receiver opened the flow.
    const reversed = view.tcpValid && (view.tcpFlags & (tcpFlags.syn | tcpFlags.ack)) === (tcpFlags.syn | tcpFlags.ack);
    const source = this.hosts.at(view.bytes, view.sourceAddressOffset, view.addressLength);
    const destination = this.hosts.at(view.bytes, view.destinationAddressOffset, view.addressLength);
    const conversation = this.conversations.between(source, destination);
    const a = reversed ? destination : source;
    const b = reversed ? source : destination;
    conversation.flows++;
    const pooled = this.#free.pop();
    const flow = pooled ?? this.#object(a, b, conversation);
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
    this.#index.add(flow.slot, hash);
    this.#idle.add(flow);
    this.#open++;
    this.fromA = !reversed;
    this.events = flowEvents.opened;
    return flow;
  }

  #object(a: Host, b: Host, conversation: Conversation): Flow {
    const flow = new Flow(a, b, conversation);
    flow.slot = this.#freeSlots.pop() ?? this.#slots.length;
    this.#slots[flow.slot] = flow;
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
    if (!flow.conversation.listed) this.#relist(flow);
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
      if (flow.payloadBytesAToB >= flow.grownAtBytes && payload > 0) this.events |= flowEvents.grown;
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

  #relist(flow: Flow): void {
    const forgotten = flow.conversation;
    flow.conversation = this.conversations.relist(forgotten);
    if (flow.conversation === forgotten) return;
    flow.conversation.flows++;
    this.conversations.leave(forgotten);
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
    this.#index.remove(flow.slot);
    this.#idle.remove(flow);
    if (flow.conversation.fragmentFlow === flow) flow.conversation.fragmentFlow = null;
    this.conversations.leave(flow.conversation);
    flow.serial = 0;
    if (flow.aToB !== null) this.#directions.give(flow.aToB);
    if (flow.bToA !== null) this.#directions.give(flow.bToA);
    flow.aToB = null;
    flow.bToA = null;
    this.#open--;
    if (this.#free.length < maxFree) {
      this.#free.push(flow);
    } else {
      this.#slots[flow.slot] = null;
      this.#freeSlots.push(flow.slot);
    }
  }
}

function isOver(flow: Flow): boolean {
  return flow.state === 'closed' || flow.state === 'reset';
}

/** A SYN that repeats nothing begins a new connection on ports that were used before. */
function beginsAnew(flow: Flow, view: PacketView): boolean {
  if ((view.tcpFlags & (tcpFlags.syn | tcpFlags.ack)) !== tcpFlags.syn) return false;
  if (flow.state === 'syn-received' && !flow.synSeen) return false;
  return !flow.synSeen || flow.initialSequence !== (view.tcpSequence | 0);
}
