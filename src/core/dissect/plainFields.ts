import type { PacketField, PacketTree } from '../../protocol/packetTree';
import { concatBytes } from '../bytes/concatBytes';
import { uint32, uint8 } from '../bytes/integers';
import { PacketView } from '../decode/packetView';
import { printableLatin1 } from '../decode/text';
import type { PlainPiece } from '../follow/plainReader';
import { http2Head } from '../streams/http2/http2Heads';
import { frameHeaderLength, http2FrameNames } from '../streams/http2/http2Reader';
import { Dissection } from './dissection';
import { FieldBudget, FieldScribe, note } from './fieldScribe';
import { dissectHttp } from './httpFields';

const headersFrame = 1;
const maxNameLength = 200;
const maxValueLength = 4096;
const noContext = {
  firstSeconds: null,
  previousSeconds: null,
  sequenceBase: null,
  acknowledgmentBase: null,
  comments: [],
};

/**
 * Adds what a packet holds inside TLS to its tree, as bytes of their own: HTTP/1 with its fields, the frames of HTTP/2 with the
 * header fields of their lists, anything else as bytes.
 */
export function addPlainFields(tree: PacketTree, pieces: readonly PlainPiece[]): void {
  if (pieces.length === 0) return;
  const bytes = concatBytes(pieces.map((piece) => piece.bytes));
  const source = tree.sources.push({ name: 'Decrypted TLS', bytes }) - 1;
  const scribe = new FieldScribe(bytes, source, tree.fields, new FieldBudget());
  const at = new Dissection(scribe, new PacketView(), null, noContext);
  const names = new Set<string>();
  let offset = 0;
  for (const [index, piece] of pieces.entries()) {
    const before = pieces[index - 1]?.kind;
    const end = offset + piece.bytes.length;
    if (piece.kind === 'http-head') {
      // A body that comes in the same packet is shown with its head.
      const body = pieces[index + 1];
      const whole = body?.kind === 'http-body' ? end + body.bytes.length : end;
      dissectHttp(at, 'http', offset, whole, false);
    } else if (piece.kind === 'http-body') {
      if (before !== 'http-head') dissectHttp(at, 'http', offset, end, true);
    } else if (piece.kind === 'http2') frameFields(scribe, offset, end, piece.fields);
    else scribe.octets(scribe.add(null, '', 'Decrypted data', offset, end - offset), '', 'Bytes', offset, end - offset);
    names.add(piece.kind === 'http2' ? 'http2' : piece.kind === 'data' ? '' : 'http');
    offset = end;
  }
  name(tree, names);
}

function frameFields(scribe: FieldScribe, start: number, end: number, fields: PlainPiece['fields']): void {
  const root = scribe.add(null, 'http2', 'HyperText Transfer Protocol 2', start, end - start);
  const { bytes } = scribe;
  if (bytes[start] === 0x50 && bytes[start + 1] === 0x52) {
    root.value = 'Connection preface';
    return;
  }
  const type = uint8(bytes, start + 3);
  const stream = uint32(bytes, start + 5) & 0x7fff_ffff;
  root.value = `${http2FrameNames[type] ?? `Frame ${type}`}, stream ${stream}`;
  const length = scribe.number(root, '', 'Length', start, 3, { unit: 'byte' });
  scribe.number(root, '', 'Type', start + 3, 1, { names: http2FrameNames });
  scribe.number(root, '', 'Flags', start + 4, 1, { hex: true });
  scribe.number(root, '', 'Stream', start + 5, 4, { mask: 0x7fff_ffff });
  if (end - start > frameHeaderLength)
    scribe.octets(root, '', 'Payload', start + frameHeaderLength, end - start - frameHeaderLength);
  if (Number(length.raw) > end - start - frameHeaderLength) note(length, 'more than is shown');
  if (fields === null) {
    if (type === headersFrame) note(root, 'its header list goes on, or cannot be read');
    return;
  }
  const head = http2Head(fields, stream, false);
  if (head?.kind === 'http-request') root.value += `: ${head.method} ${head.target}`;
  else if (head?.kind === 'http-response') root.value += `: ${head.status}`;
  const blockStart = start + frameHeaderLength;
  for (const [name, value] of fields) {
    // Compressed, a field has no bytes that are its alone.
    const text = printableLatin1(value, maxValueLength);
    scribe.add(root, '', printableLatin1(name, maxNameLength), blockStart, end - blockStart, text, text);
  }
}

/** The protocols of the packet, with those inside TLS. */
function name(tree: PacketTree, names: ReadonlySet<string>): void {
  const [frame] = tree.fields;
  const protocols: PacketField | undefined = frame?.children.find((field) => field.name === 'frame.protocols');
  if (protocols === undefined) return;
  for (const one of names) {
    if (one === '' || protocols.value.split(':').includes(one)) continue;
    protocols.value += `:${one}`;
    protocols.raw = protocols.value;
  }
}
