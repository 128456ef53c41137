import { tcpFlags } from '../decode/packetView';
import type { PacketView } from '../decode/packetView';
import { engineLimits } from '../limits';
import type { ConversationNames } from './conversationNames';
import { nameFtpData } from './ftpNames';
import { finishHttp } from './httpNames';
import { Payload, oneMoreSegment, rejected } from './payload';
import type { HttpTally, MessageListener, Namer } from './payload';
import { SegmentedMessage } from './segmentedMessage';
import { guessStreamNamers, streamNamerOfPort } from './streamNamers';

/** What the judgement of a segment says of it (`tcp.analysis`). */
export interface SegmentVerdict {
  /** Sent before, or later than a segment that follows it: tshark hands such a segment to no dissector. */
  again: boolean;
  /** Sent again because the other side asked for it (fast retransmission): read once more where messages are single segments. */
  asked?: boolean;
  /** Sent again although all of it was acknowledged: read once more where the capture cut it, and so nothing is put together. */
  spurious?: boolean;
  keepAlive: boolean;
  fromA: boolean;
  /** Port of the side that was called; -1 when its SYN was not captured. */
  serverPort: number;
}

const payload = new Payload();

/**
 * Adds to the layers of a TCP packet what its payload holds, as tshark's default preferences have it: a message counts
 * for the packet that brings its last byte, and each packet of a stream that nobody knows is `data`.
 */
export function nameSegment(
  view: PacketView,
  conversation: ConversationNames,
  verdict: SegmentVerdict,
  listener: MessageListener | null = null,
  tally: HttpTally | null = null,
): void {
  payload.listener = listener;
  payload.tally = tally;
  nameBytes(view, conversation, verdict);
  const fin = (view.tcpFlags & tcpFlags.fin) !== 0;
  if (!fin || verdict.again) return;
  if (conversation.atEnd !== null && view.sourcePort < view.destinationPort) nameAtEnd(view, conversation);
  if (conversation.http === null) return;
  prepare(view, verdict);
  finishHttp(payload, conversation);
  if (listener !== null) listener.message(payload, conversation, 0);
}

function nameAtEnd(view: PacketView, conversation: ConversationNames): void {
  for (const name of conversation.atEnd ?? []) if (!view.layers.includes(name)) view.layers.push(name);
  conversation.atEnd = null;
}

function nameBytes(view: PacketView, conversation: ConversationNames, verdict: SegmentVerdict): void {
  const { fromA } = verdict;
  const flags = view.tcpFlags;
  const length = view.payloadWireLength;
  let message = fromA ? conversation.aToB : conversation.bToA;
  const cut = view.payloadLength < length;
  const single = cut || (verdict.asked === true && message === null && conversation.http === null);
  const again = verdict.again && !(single && (verdict.asked === true || verdict.spurious === true));
  // Of a segment that the capture cut before its payload, tshark names nothing either.
  if ((flags & tcpFlags.rst) !== 0 || view.payloadLength === 0) return;
  const sequence = (view.tcpSequence + ((flags & tcpFlags.syn) !== 0 ? 1 : 0)) | 0;
  if (message?.active === true && message.passes((sequence - message.sequence) | 0, length)) return;
  prepare(view, verdict);
  // A datagram cut by the capture cannot wait for what follows.
  payload.canWait = view.payloadLength >= length;
  if (message?.active === true && !verdict.keepAlive) {
    const offset = (sequence - message.sequence) | 0;
    const follows = offset >= 0 && offset < message.needed && (!message.oneMore || offset <= message.contiguous);
    if (follows) {
      addToMessage(view, conversation, message, offset, again);
      return;
    }
    if (!again && offset > 0) message.clear();
  }
  if (again) return;
  if (verdict.keepAlive && length > 0) {
    // What a keep-alive repeats is part of nothing, unless of a message that came in several segments.
    if (message?.holds(sequence) !== true) payload.add('data');
    return;
  }
  payload.bytes = view.bytes;
  payload.start = view.payloadOffset;
  payload.end = view.payloadOffset + view.payloadLength;
  payload.wireEnd = view.payloadOffset + length;
  payload.sequence = sequence;
  payload.fresh = true;
  const left = nameFrom(conversation, verdict.serverPort);
  if (left < 0) return;
  message ??= fromA ? (conversation.aToB = new SegmentedMessage()) : (conversation.bToA = new SegmentedMessage());
  waitFor(message, (sequence + payload.start - view.payloadOffset) | 0, left);
}

function prepare(view: PacketView, verdict: SegmentVerdict): void {
  payload.sourcePort = view.sourcePort;
  payload.destinationPort = view.destinationPort;
  payload.overTcp = true;
  payload.fromA = verdict.fromA;
  payload.toServer = verdict.serverPort > 0 ? verdict.fromA : view.destinationPort < view.sourcePort;
  payload.timeUs = view.timeUs;
  payload.layers = view.layers;
}

function waitFor(message: SegmentedMessage, sequence: number, needed: number): void {
  const { bytes, start, end, wireEnd, keepBytes } = payload;
  message.begin(sequence, needed, keepBytes);
  message.put(0, bytes, start, end, wireEnd - start);
}

function addToMessage(
  view: PacketView,
  conversation: ConversationNames,
  message: SegmentedMessage,
  offset: number,
  again: boolean,
): void {
  const { payloadOffset, payloadLength, payloadWireLength } = view;
  const end = payloadOffset + payloadLength;
  const before = message.contiguous;
  const inside = Math.min(payloadWireLength, message.needed - offset);
  message.put(offset, view.bytes, payloadOffset, end, inside);
  const ready = message.oneMore ? message.contiguous > before : message.contiguous >= message.needed;
  if (again || !ready) {
    if (again && ready && !message.oneMore) message.clear();
    if (!again && !message.oneMore && inside < payloadWireLength) nameBehindGap(view, conversation, message, inside);
    return;
  }
  const { sequence } = message;
  if (message.kept === message.contiguous && inside < payloadWireLength) {
    message.put(offset + inside, view.bytes, payloadOffset + inside, end, payloadWireLength - inside);
  }
  payload.bytes = message.bytes;
  payload.start = 0;
  payload.end = message.kept;
  payload.wireEnd = message.contiguous;
  payload.sequence = sequence;
  payload.fresh = false;
  const read = message.contiguous - offset;
  let left = nameFrom(conversation, -1);
  let from = payload.start;
  if (left < 0 && read < payloadWireLength) {
    // The kept bytes ended before the segment did: what is left of it begins anew.
    payload.bytes = view.bytes;
    payload.start = payloadOffset + read;
    payload.end = Math.max(payload.start, end);
    payload.wireEnd = payloadOffset + payloadWireLength;
    payload.sequence = (view.tcpSequence + read) | 0;
    payload.fresh = true;
    left = nameFrom(conversation, -1);
    from = offset + payload.start - payloadOffset;
  } else if (left >= 0 && from === 0) {
    message.needed = left;
    message.oneMore = !Number.isFinite(left);
    message.keepBytes = Math.min(payload.keepBytes, engineLimits.namedMessageBytes);
    return;
  }
  if (left < 0) return message.clear();
  // `begin` leaves the bytes of the message before alone, which are those of `payload` where that was put together.
  message.begin((sequence + from) | 0, left, payload.keepBytes);
  message.put(0, payload.bytes, payload.start, payload.end, payload.wireEnd - payload.start);
}

/** The end of a message has come and not all of what is before it: behind it, from `inside` on, begins another one. */
function nameBehindGap(
  view: PacketView,
  conversation: ConversationNames,
  message: SegmentedMessage,
  inside: number,
): void {
  const { payloadOffset } = view;
  payload.bytes = view.bytes;
  payload.start = payloadOffset + inside;
  payload.end = Math.max(payload.start, payloadOffset + view.payloadLength);
  payload.wireEnd = payloadOffset + view.payloadWireLength;
  payload.sequence = (view.tcpSequence + inside) | 0;
  payload.fresh = true;
  const left = nameFrom(conversation, -1);
  if (left >= 0) waitFor(message, (view.tcpSequence + payload.start - payloadOffset) | 0, left);
}

/**
 * Names the messages from `payload.start` on, which is moved behind the last whole one. Returns how many bytes from there
 * the next one needs, infinite for some more; negative when nothing is left over.
 */
function nameFrom(conversation: ConversationNames, serverPort: number): number {
  let namer: Namer | null = null;
  // Ends: each round moves `start`.
  while (payload.start < payload.wireEnd) {
    payload.keepBytes = Number.POSITIVE_INFINITY;
    const taken: number = namer === null ? ask(conversation, serverPort) : namer(payload, conversation);
    if (taken === rejected) return -1;
    if (taken < 0) return taken === oneMoreSegment ? Number.POSITIVE_INFINITY : -taken;
    namer ??= asked;
    if (payload.listener !== null) payload.listener.message(payload, conversation, taken);
    payload.start += taken;
    payload.sequence = (payload.sequence + taken) | 0;
    if (payload.start >= payload.end && payload.start < payload.wireEnd) return -1;
    if (conversation.upgradedTo !== null) {
      conversation.namer = conversation.upgradedTo;
      conversation.upgradedTo = null;
      namer = null;
    }
  }
  return -1;
}

/** Who took the payload last. */
let asked: Namer = nobody;

/** Conversation, port, signature, nobody: in this order, as tshark does. */
function ask(conversation: ConversationNames, serverPort: number): number {
  const layers = payload.layers.length;
  if (conversation.namer !== null) {
    const taken = conversation.namer(payload, conversation);
    if (taken !== rejected) return remember(conversation.namer, taken);
  }
  const { sourcePort, destinationPort } = payload;
  const { expected } = conversation;
  if (expected !== null && expected.size > 0 && conversation.namer === null) {
    if (expected.has(sourcePort) || expected.has(destinationPort))
      return remember(nameFtpData, nameFtpData(payload, conversation));
  }
  const low = Math.min(sourcePort, destinationPort);
  const high = Math.max(sourcePort, destinationPort);
  for (let turn = serverPort > 0 ? 0 : 1; turn < 3; turn++) {
    const port = turn === 0 ? serverPort : turn === 1 ? low : high;
    const namer = streamNamerOfPort(port);
    if (namer === null) continue;
    const taken = namer(payload, conversation);
    if (taken !== rejected) return remember(namer, taken);
    payload.dropTo(layers);
  }
  if (conversation.unknown <= engineLimits.applicationProbesPerFlow) {
    for (const namer of guessStreamNamers) {
      const taken = namer(payload, conversation);
      if (taken === rejected) continue;
      conversation.namer ??= asked === namer ? namer : conversation.namer;
      return remember(conversation.namer ?? namer, taken);
    }
    conversation.unknown++;
  }
  return remember(nobody, nobody(payload));
}

function remember(namer: Namer, taken: number): number {
  asked = namer;
  return taken;
}

function nobody(unknown: Payload): number {
  unknown.add('data');
  return unknown.wireEnd - unknown.start;
}
