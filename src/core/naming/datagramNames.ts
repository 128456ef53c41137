import type { PacketView } from '../decode/packetView';
import { engineLimits } from '../limits';
import type { ConversationNames } from './conversationNames';
import { datagramNamers, guessDatagramNamers, persistentDatagramNamers } from './datagramNamers';
import { isExpectedMedia, nameMedia } from './mediaNames';
import { Payload, rejected } from './payload';
import type { MessageListener, Namer } from './payload';
import { namesOfUdpPorts } from '../decode/portProtocols';

const payload = new Payload();

/**
 * Adds to the layers of a UDP packet what its payload holds: by what the conversation held before, by the lower port, the
 * higher one, then by signature; what nobody takes is `data`. The order is tshark's.
 */
export function nameDatagram(
  view: PacketView,
  conversation: ConversationNames,
  fromA: boolean,
  listener: MessageListener | null = null,
): void {
  // Of a datagram that the capture cut before its payload, tshark names nothing either.
  if (view.payloadLength === 0) return;
  const { sourcePort, destinationPort, layers } = view;
  payload.bytes = view.bytes;
  payload.start = view.payloadOffset;
  payload.end = view.payloadOffset + view.payloadLength;
  payload.wireEnd = view.payloadOffset + view.payloadWireLength;
  payload.sourcePort = sourcePort;
  payload.destinationPort = destinationPort;
  payload.fromA = fromA;
  payload.toServer = destinationPort <= sourcePort;
  payload.timeUs = view.timeUs;
  payload.layers = layers;
  payload.listener = listener;
  nameBy(conversation, view.payloadLength);
  if (listener !== null) listener.message(payload, conversation, view.payloadWireLength);
}

function nameBy(conversation: ConversationNames, length: number): void {
  const { sourcePort, destinationPort, layers } = payload;
  const before = layers.length;
  if (conversation.namer !== null && takes(conversation.namer, conversation, before)) return;
  const { expected } = conversation;
  if (expected !== null && expected.size > 0 && isExpectedMedia(expected, sourcePort, destinationPort))
    if (takes(nameMedia, conversation, before)) return;
  const low = Math.min(sourcePort, destinationPort);
  const high = Math.max(sourcePort, destinationPort);
  if (takesPort(low, conversation, before) || takesPort(high, conversation, before)) return;
  if (conversation.unknown <= engineLimits.applicationProbesPerFlow && length > 0) {
    for (const namer of guessDatagramNamers) if (takes(namer, conversation, before)) return;
    conversation.unknown++;
  } else if (length > 0) {
    for (const namer of persistentDatagramNamers) if (takes(namer, conversation, before)) return;
  }
  payload.add('data');
}

function takes(namer: Namer, conversation: ConversationNames, before: number): boolean {
  if (namer(payload, conversation) !== rejected) return true;
  payload.dropTo(before);
  return false;
}

function takesPort(port: number, conversation: ConversationNames, before: number): boolean {
  const namer = datagramNamers.get(port);
  if (namer !== undefined) return takes(namer, conversation, before);
  const names = namesOfUdpPorts.get(port);
  if (names !== undefined) payload.addAll(names);
  return names !== undefined;
}
