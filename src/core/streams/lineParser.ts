import { uint8 } from '../bytes/integers';
import type { LineProtocol } from '../decode/lineProtocols';
import { indexOfByte, printableText } from '../decode/text';
import type { MessageParser, OnMessage, ParserState } from './messageParser';

/** What the two directions of a connection with commands and replies know of each other. */
export class LineExchange {
  /** SMTP: the client sends a mail until a line with a dot alone (RFC 5321 section 4.1.1.4). */
  mail: 'none' | 'asked' | 'going' = 'none';
  /** The server asked for a line of SASL. */
  challenged = false;
  /** IMAP: tag of the command that waits for such a line. */
  challengedTag = '';

  constructor(
    readonly protocol: LineProtocol,
    readonly serverPort: number,
  ) {}
}

/** A command line has at most 512 bytes (RFC 5321 section 4.5.3.1.4); of longer ones the beginning counts. */
const maxLine = 1024;
const maxArgument = 512;
const lineFeed = 0x0a;

/** Commands or replies of one direction. Mails and literals are left out. */
export class LineParser implements MessageParser {
  state: ParserState = 'going';
  needed = 1;
  /** In the middle of a line whose beginning is done with. */
  #skipping = false;
  #searched = 0;
  /** Code of a reply of several lines that goes on (RFC 959 section 4.2). */
  #openCode = '';

  constructor(
    readonly exchange: LineExchange,
    readonly fromServer: boolean,
    readonly onMessage: OnMessage,
  ) {}

  read(bytes: Uint8Array, start: number, end: number): number {
    let offset = start;
    this.needed = 1;
    while (offset < end) {
      // What follows STARTTLS, STLS or AUTH TLS.
      if (!this.#skipping && isTls(bytes, offset, end)) {
        this.state = 'restart';
        return offset;
      }
      const feed = indexOfByte(bytes, lineFeed, offset + this.#searched, end);
      if (feed < 0) {
        const long = this.#skipping || end - offset >= maxLine;
        if (long && !this.#skipping) this.#readLine(bytes, offset, end);
        this.#skipping = long;
        this.#searched = long ? 0 : end - offset;
        this.needed = long ? 1 : end - offset + 1;
        return long ? end : offset;
      }
      this.#searched = 0;
      const skip = this.#skipping ? 0 : this.#readLine(bytes, offset, feed);
      this.#skipping = false;
      offset = feed + 1 + skip;
    }
    return offset;
  }

  cut(): void {
    // What is cut of a line can be what matters.
  }

  /** Returns how many bytes follow that are no lines. */
  #readLine(bytes: Uint8Array, start: number, feed: number): number {
    const end = feed > start && bytes[feed - 1] === 0x0d ? feed - 1 : feed;
    if (this.exchange.mail === 'going' && !this.fromServer) {
      if (end === start + 1 && bytes[start] === 0x2e) this.exchange.mail = 'none';
      return 0;
    }
    const line = printableText(bytes, start, end, maxArgument);
    if (this.exchange.protocol === 'imap') {
      const skip = literalLength(line);
      if (this.fromServer) this.#imapReply(line);
      else this.#imapCommand(line);
      return skip;
    }
    if (this.fromServer) this.#reply(line);
    else return this.#command(line);
    return 0;
  }

  #reply(line: string): void {
    const { exchange } = this;
    const { protocol } = exchange;
    if (protocol === 'pop') {
      const status = /^(?:\+(OK)|-(ERR))(?: |$)/i.exec(line);
      exchange.challenged = line.startsWith('+ ');
      if (status === null) return;
      const text = line.replace(/^\S+ ?/, '');
      const word = (status[1] ?? status[2] ?? '').toUpperCase();
      this.onMessage({ kind: 'line-reply', protocol, tag: '', code: 0, status: word, text }, protocol);
      return;
    }
    const parts = /^([1-5][0-9]{2})(?:([ -])|$)/.exec(line);
    const [, digits = '', more = ''] = parts ?? [];
    if (digits === '' || (this.#openCode !== '' && digits !== this.#openCode)) return;
    this.#openCode = more === '-' ? digits : '';
    if (more === '-') return;
    const code = Number(digits);
    exchange.challenged = code === 334;
    if (exchange.mail === 'asked') exchange.mail = code === 354 ? 'going' : 'none';
    this.onMessage({ kind: 'line-reply', protocol, tag: '', code, status: '', text: line.slice(4) }, protocol);
  }

  /** Returns the length of a chunk of mail (BDAT, RFC 3030). */
  #command(line: string): number {
    const { exchange } = this;
    const { protocol } = exchange;
    if (exchange.challenged) {
      exchange.challenged = false;
      this.onMessage({ kind: 'line-command', protocol, tag: '', verb: 'AUTH-RESPONSE', argument: line }, protocol);
      return 0;
    }
    const parts = /^([A-Za-z]{3,8})(?: (.*))?$/.exec(line);
    if (parts === null) return 0;
    const verb = (parts[1] ?? '').toUpperCase();
    const argument = parts[2] ?? '';
    if (protocol === 'smtp' && verb === 'DATA') exchange.mail = 'asked';
    this.onMessage({ kind: 'line-command', protocol, tag: '', verb, argument }, protocol);
    return verb === 'BDAT' && /^[0-9]{1,9}\b/.test(argument) ? Number.parseInt(argument, 10) : 0;
  }

  #imapReply(line: string): void {
    this.exchange.challenged = line.startsWith('+');
    const parts = /^([^\s*+]{1,32}) (OK|NO|BAD)(?: (.*))?$/i.exec(line);
    if (parts === null) return;
    const status = (parts[2] ?? '').toUpperCase();
    const [, tag = '', , text = ''] = parts;
    this.onMessage({ kind: 'line-reply', protocol: 'imap', tag, code: 0, status, text }, 'imap');
  }

  #imapCommand(line: string): void {
    const { exchange } = this;
    if (exchange.challenged && exchange.challengedTag !== '') {
      exchange.challenged = false;
      const tag = exchange.challengedTag;
      this.onMessage({ kind: 'line-command', protocol: 'imap', tag, verb: 'AUTH-RESPONSE', argument: line }, 'imap');
      return;
    }
    const parts = /^([^\s*+]{1,32}) ([A-Za-z]{1,16})(?: (.*))?$/.exec(line);
    if (parts === null) return;
    const [, tag = '', verb = '', argument = ''] = parts;
    exchange.challengedTag = verb.toUpperCase() === 'AUTHENTICATE' ? tag : '';
    this.onMessage({ kind: 'line-command', protocol: 'imap', tag, verb: verb.toUpperCase(), argument }, 'imap');
  }
}

/** A literal follows the line (RFC 9051 section 4.3). */
function literalLength(line: string): number {
  const literal = /\{([0-9]{1,9})\+?\}$/.exec(line);
  return literal === null ? 0 : Number(literal[1]);
}

function isTls(bytes: Uint8Array, offset: number, end: number): boolean {
  const first = uint8(bytes, offset);
  return first >= 20 && first <= 24 && (end - offset < 2 || uint8(bytes, offset + 1) === 3);
}
