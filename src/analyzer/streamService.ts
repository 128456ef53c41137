import type {
  BodyDocument,
  BodyPart,
  RequestPlace,
  StreamDocument,
  StreamForm,
  StreamTarget,
} from '../protocol/streams';
import { endpointText } from '../protocol/tables';
import { decodePacket } from '../core/decode/decodePacket';
import { PacketView } from '../core/decode/packetView';
import { curlCommand } from '../core/follow/curl';
import { endsOf, FollowedStream } from '../core/follow/followedStream';
import { decryptStream } from '../core/follow/decryptedStream';
import type { StreamEnds, StreamSaid } from '../core/follow/followedStream';
import { fieldValue } from '../core/streams/http2/headerField';
import { http2Exchanges, isHttp2 } from '../core/follow/http2Exchanges';
import { http2Text } from '../core/follow/http2Text';
import { httpExchanges } from '../core/follow/httpExchanges';
import type { HttpExchangeRecord, HttpMessage } from '../core/follow/httpExchanges';
import { hexLines, maxStreamTextLength, streamText, textLines } from '../core/follow/streamText';
import type { KeyLog } from '../core/streams/keyLog';
import { FragmentReassembler } from '../core/reassembly/ipFragments';
import { decodeBody } from './bodyDecoding';
import { BlockFile } from './exporter';
import type { PacketStore } from './packetStore';

/** A conversation, body or request that is not there; the message says why. */
export class StreamError extends Error {}

/** Bytes of a body shown as a hex dump, of which a line shows 16. */
const maxHexBytes = 262_144;

/** What was said, decrypted where there are keys. */
interface Conversation extends StreamSaid {
  encrypted: boolean;
  note: string | null;
}

const decryptedNote = 'Decrypted TLS, with the keys of a key log.';
const decryptedInPartNote =
  'Decrypted TLS, with the keys of a key log, in part: from some point on a key or bytes of a side are missing.';

/** Follows conversations through a capture: each question is one pass over its packets, and nothing is kept between two. */
export class StreamService {
  /** @param keyLog secrets that TLS is decrypted with */
  constructor(
    private readonly packets: PacketStore,
    private readonly keyLog: KeyLog,
  ) {}

  /** @throws StreamError, FilterError, FileError */
  async follow(target: StreamTarget, form: StreamForm): Promise<StreamDocument> {
    const stream = await this.stream(target);
    const { a, aPort, b, bPort } = stream.ends;
    const title = `${endpointText(a, aPort)} ⇄ ${endpointText(b, bPort)}`;
    const readable = form !== 'hex' && isHttp2(stream);
    const shown = readable ? { ...stream, pieces: http2Text(stream.pieces) } : stream;
    return { title, ...streamText(shown, form, stream.note) };
  }

  /** The request at that place as a curl command. @throws StreamError, FileError */
  async curl(place: RequestPlace): Promise<string> {
    const { record, stream } = await this.exchange(place);
    return curlCommand(record.request, endpointText(stream.ends.b, stream.ends.bPort), stream.encrypted);
  }

  /** A body as a document. @throws StreamError, FileError */
  async body(place: RequestPlace, part: BodyPart): Promise<BodyDocument> {
    const { bytes, notes, message, record } = await this.decoded(place, part);
    const contentType = (fieldValue(message.fields, 'content-type') ?? '').slice(0, 200);
    const readable = isReadable(bytes);
    const shown = bytes.subarray(0, readable ? maxStreamTextLength : maxHexBytes);
    if (shown.length < bytes.length) notes.push(`The first ${shown.length} of ${bytes.length} bytes are shown.`);
    return {
      name: nameOf(record),
      contentType,
      text: (readable ? textLines(shown) : hexLines(shown, 0, true)).join('\n'),
      readable,
      lengthBytes: bytes.length,
      notes,
    };
  }

  /** Writes a body to `path` (0600, never executable). @throws StreamError, FileError */
  async save(place: RequestPlace, part: BodyPart, path: string): Promise<{ bytes: number; rows: number }> {
    const { bytes } = await this.decoded(place, part);
    const out = new BlockFile(path);
    try {
      out.bytes(bytes);
      return { bytes: out.finish(), rows: 1 };
    } finally {
      out.close();
    }
  }

  private async decoded(place: RequestPlace, part: BodyPart) {
    const { record } = await this.exchange(place);
    const message: HttpMessage<unknown> | null = part === 'request' ? record.request : record.response;
    if (message === null) throw new StreamError('No response to this request is in the capture.');
    if (message.body.length === 0) throw new StreamError(`The ${part} has no body.`);
    const { bytes, notes } = await decodeBody(message.body, fieldValue(message.fields, 'content-encoding'));
    if (message.cut) notes.unshift('Not whole: bytes of it are not in the capture, or beyond the limit of a stream.');
    return { bytes, notes, message, record };
  }

  private async exchange({
    packet,
    ahead = 0,
  }: RequestPlace): Promise<{ record: HttpExchangeRecord; stream: Conversation }> {
    const stream = await this.stream({ packet, filter: '' });
    const records = isHttp2(stream) ? http2Exchanges(stream) : httpExchanges(stream);
    const record =
      records.filter(({ request }) => request.packet === packet)[ahead] ??
      records.find(({ response }) => response?.packet === packet);
    if (record === undefined) throw new StreamError(`Packet ${packet} holds no HTTP request that can be read whole.`);
    return { record, stream };
  }

  private async stream(target: StreamTarget): Promise<Conversation> {
    const packet = target.packet ?? (await this.packets.page(0, 1, target.filter)).rows[0]?.number;
    if (packet === undefined) throw new StreamError('There is no such packet.');
    const ends = await this.endsAt(packet);
    const stream = new FollowedStream(ends, packet);
    const abort = new AbortController();
    const view = new PacketView();
    const fragments = new FragmentReassembler();
    await this.packets.eachRaw((raw) => {
      if (stream.complete) return abort.abort();
      decodePacket(view, raw, fragments);
      stream.packet(view);
    }, abort.signal);
    stream.finish();
    const { pieces, leftOutBytes } = stream;
    const plain = decryptStream(pieces, this.keyLog);
    if (plain === null) return { ends: stream.ends, pieces, leftOutBytes, encrypted: false, note: null };
    const note = plain.cut ? decryptedInPartNote : decryptedNote;
    return { ends: stream.ends, pieces: plain.pieces, leftOutBytes, encrypted: true, note };
  }

  private async endsAt(number: number): Promise<StreamEnds> {
    let ends: StreamEnds | null = null;
    let seen = false;
    await this.packets.eachFrom(number, ({ packet, view }) => {
      if (packet.number !== number) return false;
      seen = true;
      ends = endsOf(view);
      return false;
    });
    if (!seen) throw new StreamError(`There is no packet ${number}.`);
    if (ends === null) throw new StreamError(`Packet ${number} belongs to no TCP or UDP conversation.`);
    return ends;
  }
}

/** Text, as far as the beginning tells: no zero byte, and hardly any other that is not for reading. */
function isReadable(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 4096);
  let odd = 0;
  for (const byte of head) {
    if (byte === 0) return false;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x0c) odd++;
  }
  const unreadable = textLines(head).join('').split('·').length - 1;
  return odd * 50 <= head.length && unreadable * 20 <= head.length;
}

/** The last part of the path, with nothing in it that a file name may not have. */
function nameOf({ request }: HttpExchangeRecord): string {
  const path = request.head.target.split(/[?#]/)[0] ?? '';
  const last = path.split('/').filter(Boolean).at(-1) ?? '';
  const safe = last.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '');
  return safe.slice(0, 80) || 'body';
}
