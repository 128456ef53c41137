import type { ProtocolName } from '../decode/protocols';
import { engineLimits } from '../limits';
import { DnsParser } from './dnsParser';
import { Http2Parser } from './http2/http2Parser';
import { beginsWithSettings } from './http2/http2Reader';
import { HttpParser } from './httpParser';
import type { HttpExchange } from './httpParser';
import { isLineProtocol } from '../decode/lineProtocols';
import { LineExchange, LineParser } from './lineParser';
import type { MessageParser, OnMessage } from './messageParser';
import { ProxyParser } from './proxyParser';
import { recogniseStream } from './recognise';
import { SshParser } from './sshParser';
import type { StreamReader } from './streamDirection';
import { TlsDecryptingParser } from './tlsDecryptingParser';
import type { TlsDecryption } from './tlsDecryptingParser';
import { TlsParser } from './tlsParser';

const tlsApplicationData = 23;

/**
 * Reads one direction of a connection: recognises its protocol and hands its bytes to the protocol's parser. Where the
 * bytes are nothing known, or were lost, each segment may begin something known, for some segments.
 */
export class ApplicationStream implements StreamReader {
  reading = true;
  #parser: MessageParser | null = null;
  #needed = 1;
  #probes = 0;
  /** Once HTTP, a connection may have messages again after any loss. */
  #hopeful = false;

  /** `onProtocol` gets the protocol as soon as it is recognised. */
  constructor(
    readonly sourcePort: number,
    readonly destinationPort: number,
    readonly exchange: HttpExchange,
    readonly onMessage: OnMessage,
    readonly onProtocol: (protocol: ProtocolName) => void,
    /** Null where TLS is not decrypted. */
    readonly decryption: TlsDecryption | null = null,
    /** It is what a connection says inside TLS. */
    readonly inside = false,
  ) {}

  get needed(): number {
    return this.#parser === null ? this.#needed : this.#parser.needed;
  }

  read(bytes: Uint8Array, start: number, end: number): number {
    let offset = start;
    while (offset < end && this.reading) {
      if (this.#parser === null) {
        // A client of FTP or mail is known by the greeting of its server.
        const found =
          this.exchange.lines?.protocol ??
          (this.#isHttp2(bytes, offset, end)
            ? 'http2'
            : recogniseStream(bytes, offset, end, this.sourcePort, this.destinationPort));
        if (found === 'more') {
          this.#needed = end - offset + 1;
          return offset;
        }
        this.#needed = 1;
        this.#start(found, bytes, offset);
        if (this.#parser === null) return end;
      }
      const parser: MessageParser = this.#parser;
      const before = offset;
      offset = parser.read(bytes, offset, end);
      // TLS behind STARTTLS.
      if (parser.state === 'restart' && parser instanceof LineParser) this.exchange.lines = null;
      if (this.exchange.switched) this.#stop();
      else if (parser.state === 'going') return offset;
      else if (parser.state === 'done') this.#stop();
      else this.#parser = null;
      // The bytes that begin nothing of the old protocol may begin another; what is in the middle of them begins none.
      if (parser.state === 'lost' && offset > before) return this.#miss(end);
      if (parser.state === 'lost' && ++this.#probes > engineLimits.applicationProbesPerFlow) return this.#miss(end);
    }
    return offset;
  }

  lose(bytes: Uint8Array, start: number, end: number, cut: boolean): void {
    const parser = this.#parser;
    this.#parser = null;
    this.#needed = 1;
    this.decryption?.lose();
    if (parser instanceof Http2Parser) {
      parser.release();
      this.#stop();
      return;
    }
    if (end <= start || !cut) return;
    if (parser !== null) {
      parser.cut(bytes, start, end);
      return;
    }
    const found = recogniseStream(bytes, start, end, this.sourcePort, this.destinationPort);
    if (found === null || found === 'more') return;
    // As in a whole record: nothing of interest comes behind the first application data.
    if (found === 'tls' && bytes[start] === tlsApplicationData && !this.#hopeful && this.decryption === null)
      this.#stop();
    else this.#parserOf(found)?.cut(bytes, start, end);
  }

  #start(protocol: ProtocolName | null, bytes: Uint8Array, offset: number): void {
    if (protocol !== null && isLineProtocol(protocol) && this.exchange.lines === null) {
      const first = bytes[offset] ?? 0;
      const greeting = first === 0x32 || first === 0x2a || first === 0x2b;
      this.exchange.lines = new LineExchange(protocol, greeting ? this.sourcePort : this.destinationPort);
    }
    const parser = protocol === null ? null : this.#parserOf(protocol);
    this.#parser = parser;
    if (protocol === 'http') this.#hopeful = true;
    if (protocol !== null && protocol !== 'proxy') this.onProtocol(protocol);
    if (parser === null) this.#miss(0);
  }

  #parserOf(protocol: ProtocolName): MessageParser | null {
    switch (protocol) {
      case 'http':
        return new HttpParser(this.exchange, this.onMessage);
      case 'http2':
        return this.#http2Parser();
      case 'tls':
        return this.decryption === null
          ? new TlsParser(this.onMessage)
          : new TlsDecryptingParser(this.onMessage, this.decryption);
      case 'dns':
        return new DnsParser(this.onMessage);
      case 'ssh':
        return new SshParser(this.onMessage);
      case 'proxy':
        return new ProxyParser();
      default:
        return this.#lineParser();
    }
  }

  /** The answer to a preface, or, inside TLS, whose ALPN agrees on it, the settings of the side that speaks first. */
  #isHttp2(bytes: Uint8Array, offset: number, end: number): boolean {
    if (this.exchange.http2 === null && !this.inside) return false;
    return beginsWithSettings(bytes, offset, end);
  }

  /** Each side is read from its beginning or not at all. */
  #http2Parser(): MessageParser {
    const parser = new Http2Parser(this.onMessage, this.exchange.memory);
    (this.exchange.http2 ??= []).push(parser);
    return parser;
  }

  #lineParser(): MessageParser | null {
    const { lines } = this.exchange;
    return lines === null ? null : new LineParser(lines, this.sourcePort === lines.serverPort, this.onMessage);
  }

  #miss(end: number): number {
    this.#parser = null;
    if (!this.#hopeful && ++this.#probes > engineLimits.applicationProbesPerFlow) this.#stop();
    return end;
  }

  #stop(): void {
    this.#parser = null;
    this.reading = false;
  }
}
