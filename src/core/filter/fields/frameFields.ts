import type { FilterField } from '../filterField';
import { oneText, someBytes } from '../filterField';
import { field, numberField } from './define';

const order = { needs: { order: true } } as const;

export const frameFields: readonly FilterField[] = [
  numberField('frame.number', 'Position of the packet in the capture, from 1', ({ packet }) => packet.number),
  numberField('frame.len', 'Bytes on the wire', ({ packet }) => packet.originalLength),
  numberField('frame.cap_len', 'Bytes captured', ({ packet }) => packet.bytes.length),
  numberField('frame.time', 'Time of capture; without an offset it is UTC', ({ timeSeconds }) => timeSeconds, {
    type: 'time',
  }),
  numberField('frame.time_epoch', 'Time of capture in seconds since 1970', ({ timeSeconds }) => timeSeconds, {
    type: 'time',
  }),
  numberField(
    'frame.time_relative',
    'Seconds since the first packet',
    ({ timeSeconds, firstTimeSeconds }) => difference(timeSeconds, firstTimeSeconds),
    { type: 'duration', ...order },
  ),
  numberField(
    'frame.time_delta',
    'Seconds since the packet before',
    ({ timeSeconds, previousTimeSeconds }) =>
      Number.isNaN(previousTimeSeconds) ? 0 : difference(timeSeconds, previousTimeSeconds),
    { type: 'duration', ...order },
  ),
  numberField(
    'frame.interface_id',
    'Interface of a pcapng file, from 0; 0 in other files',
    ({ packet }) => packet.interfaceIndex,
  ),
  numberField('frame.encap_type_link', 'LINKTYPE number of the packet', ({ packet }) => packet.linkType),
  field(
    'frame.protocols',
    'text',
    'Protocols of the packet from the outside in, joined by colons',
    oneText((subject) => subject.layers.join(':')),
    { needs: { messages: [], conversation: true } },
  ),
  field(
    'data.data',
    'bytes',
    'Payload that no protocol claims',
    someBytes(({ view, layers }, test) => {
      if (!layers.includes('data') || view.payloadOffset < 0 || view.payloadLength === 0) return false;
      return test(view.bytes, view.payloadOffset, view.payloadOffset + view.payloadLength);
    }),
    { needs: { messages: ['data'] } },
  ),
];

/** Nanoseconds are the finest a capture has; what lies below comes from the subtraction. */
function difference(later: number, earlier: number): number {
  return Math.round((later - earlier) * 1e9) / 1e9;
}
