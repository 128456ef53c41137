import { printableText } from '../decode/text';
import type { StreamPiece, StreamSaid } from './followedStream';
import { endpointText } from '../../protocol/tables';
import type { StreamForm, StreamTurn } from '../../protocol/streams';

/** Characters that a document of a stream has at most; an editor becomes slow far above. */
export const maxStreamTextLength = 4_000_000;

interface Turn {
  fromA: boolean;
  first: StreamPiece;
  bytes: Uint8Array[];
  lengthBytes: number;
}

/**
 * A conversation as a document: a line in front of each turn says who speaks, when, in which packet and how much. `turns` says
 * where in the document each is. What is above `maxStreamTextLength` is left out, and the document says so.
 */
export function streamText(
  stream: StreamSaid,
  form: StreamForm,
  note: string | null = null,
): { text: string; turns: StreamTurn[]; cut: boolean } {
  const { a, aPort, b, bPort } = stream.ends;
  const one = endpointText(a, aPort);
  const other = endpointText(b, bPort);
  const lines: string[] = [`${one} ⇄ ${other}`, ...(note === null ? [] : [note]), ''];
  const turns: StreamTurn[] = [];
  const offsets = [0, 0];
  let length = 0;
  let cutBytes = stream.leftOutBytes;
  for (const turn of turnsOf(stream.pieces)) {
    if (length > maxStreamTextLength) {
      cutBytes += turn.lengthBytes;
      continue;
    }
    const side = turn.fromA ? 0 : 1;
    const head = lines.length;
    const time = new Date(turn.first.timeUs / 1000).toISOString().replace('T', ' ').replace('Z', '');
    const missing = turn.first.afterGap ? ', bytes before it are missing' : '';
    lines.push(
      `${turn.fromA ? '▶' : '◀'} ${turn.fromA ? one : other}  ${time} UTC  packet ${turn.first.packet}  ${turn.lengthBytes} bytes${missing}`,
    );
    const bytes = joined(turn.bytes, turn.lengthBytes);
    const room = Math.max(0, maxStreamTextLength - length);
    const shown = bytes.subarray(0, form === 'hex' ? Math.ceil(room / 5) : room);
    cutBytes += bytes.length - shown.length;
    const body = form === 'hex' ? hexLines(shown, offsets[side] ?? 0, turn.fromA) : textLines(shown);
    offsets[side] = (offsets[side] ?? 0) + bytes.length;
    for (const line of body) {
      lines.push(line);
      length += line.length + 1;
    }
    turns.push({ firstLine: head, endLine: lines.length, fromA: turn.fromA });
    lines.push('');
  }
  if (turns.length === 0) lines.push('Nothing was said in this conversation.');
  if (cutBytes > 0) lines.push(`… ${cutBytes} more bytes are left out: a document holds only so much.`);
  return { text: `${lines.join('\n')}\n`, turns, cut: cutBytes > 0 };
}

function turnsOf(pieces: readonly StreamPiece[]): Turn[] {
  const turns: Turn[] = [];
  for (const piece of pieces) {
    const last = turns.at(-1);
    if (last !== undefined && last.fromA === piece.fromA && !piece.afterGap) {
      last.bytes.push(piece.bytes);
      last.lengthBytes += piece.bytes.length;
    } else {
      turns.push({ fromA: piece.fromA, first: piece, bytes: [piece.bytes], lengthBytes: piece.bytes.length });
    }
  }
  return turns;
}

function joined(parts: readonly Uint8Array[], lengthBytes: number): Uint8Array {
  const all = new Uint8Array(lengthBytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Lines of text, with a dot for every byte that is no readable character: nothing in it can act on what shows it. */
export function textLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let start = 0; start <= bytes.length;) {
    const feed = bytes.indexOf(0x0a, start);
    const next = feed < 0 ? bytes.length : feed;
    const end = next > start && bytes[next - 1] === 0x0d ? next - 1 : next;
    const parts: string[] = [];
    for (let from = start; from <= end;) {
      const tab = bytes.indexOf(0x09, from);
      const to = tab < 0 || tab > end ? end : tab;
      parts.push(printableText(bytes, from, to, Number.POSITIVE_INFINITY));
      from = to + 1;
    }
    lines.push(parts.join('\t'));
    if (feed < 0) break;
    start = feed + 1;
    if (start === bytes.length) break;
  }
  return lines;
}

const bytesPerLine = 16;

/** Offset in its direction, bytes, and what of them is ASCII; the side that answers stands further in. */
export function hexLines(bytes: Uint8Array, firstOffset: number, fromA: boolean): string[] {
  const lines: string[] = [];
  const indent = fromA ? '' : '    ';
  for (let at = 0; at < bytes.length; at += bytesPerLine) {
    let hex = '';
    let text = '';
    for (let i = at; i < Math.min(bytes.length, at + bytesPerLine); i++) {
      const byte = bytes[i] ?? 0;
      hex += `${byte.toString(16).padStart(2, '0')} ${i - at === 7 ? ' ' : ''}`;
      text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
    }
    lines.push(`${indent}${(firstOffset + at).toString(16).padStart(8, '0')}  ${hex.padEnd(50)} ${text}`);
  }
  return lines;
}
