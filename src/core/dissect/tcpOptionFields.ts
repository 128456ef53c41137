import type { PacketField } from '../../protocol/packetTree';
import { uint32, uint8 } from '../bytes/integers';
import type { Dissection } from './dissection';
import { note } from './fieldScribe';
import { tcpOptionNames } from './valueNames';

/** RFC 9293 section 3.2, RFC 7323, RFC 2018. */
export function dissectTcpOptions(at: Dissection, tcp: PacketField, start: number, end: number): void {
  const { scribe, bytes } = at;
  const options = scribe.octets(tcp, 'tcp.options', 'Options', start, end - start);
  const names: string[] = [];
  let offset = start;
  while (offset < end) {
    const kind = uint8(bytes, offset);
    const simple = kind < 2;
    const length = simple ? 1 : offset + 1 < end ? uint8(bytes, offset + 1) : 0;
    const name = tcpOptionNames[kind] ?? `Option ${kind}`;
    const option = scribe.add(options, '', name, offset, Math.max(1, length));
    names.push(name);
    scribe.number(option, 'tcp.option_kind', 'Kind', offset, 1);
    if (kind === 0) break;
    if (!simple) {
      if (length < 2 || offset + length > end) {
        note(option, 'its length does not fit');
        break;
      }
      scribe.number(option, 'tcp.option_len', 'Length', offset + 1, 1);
      optionValue(at, option, kind, offset, length);
    }
    offset += length;
  }
  options.value = names.join(', ');
}

function optionValue(at: Dissection, option: PacketField, kind: number, offset: number, length: number): void {
  const { scribe, bytes } = at;
  if (kind === 2 && length === 4) {
    option.value = scribe.number(option, 'tcp.options.mss_val', 'Value', offset + 2, 2, { unit: 'byte' }).value;
  } else if (kind === 3 && length === 3) {
    scribe.number(option, 'tcp.options.wscale.shift', 'Shift count', offset + 2, 1);
    option.value = `multiply by ${2 ** Math.min(14, uint8(bytes, offset + 2))}`;
  } else if (kind === 5) {
    for (let at2 = offset + 2; at2 + 8 <= offset + length; at2 += 8) sackBlock(at, option, at2);
  } else if (kind === 8 && length === 10) {
    scribe.number(option, 'tcp.options.timestamp.tsval', 'Timestamp value', offset + 2, 4);
    scribe.number(option, 'tcp.options.timestamp.tsecr', 'Timestamp echo reply', offset + 6, 4);
    option.value = `TSval ${uint32(bytes, offset + 2)}, TSecr ${uint32(bytes, offset + 6)}`;
  } else if (length > 2) scribe.octets(option, '', 'Data', offset + 2, length - 2);
}

/** Edges relative to the first sequence number of the other direction, where that is known. */
function sackBlock(at: Dissection, option: PacketField, offset: number): void {
  const base = at.parent === null ? at.context.acknowledgmentBase : null;
  for (const [name, label, place] of [
    ['tcp.options.sack_le', 'Left edge', offset],
    ['tcp.options.sack_re', 'Right edge', offset + 4],
  ] as const) {
    const raw = uint32(at.bytes, place);
    const value = base === null ? raw : (raw - base) >>> 0;
    const relative = base !== null;
    at.scribe.add(option, relative ? name : '', label, place, 4, `${value}${relative ? ' (relative)' : ''}`, value);
  }
}
