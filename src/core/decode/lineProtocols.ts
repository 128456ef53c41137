/** Protocols whose commands and replies are lines of text: FTP (RFC 959), SMTP (RFC 5321), IMAP (RFC 9051), POP3 (RFC 1939). */
export type LineProtocol = 'ftp' | 'smtp' | 'imap' | 'pop';

/** One command of a client. */
export interface LineCommand {
  kind: 'line-command';
  protocol: LineProtocol;
  /** IMAP only, else empty. */
  tag: string;
  /** In capitals: `USER`, `PASS`, `LOGIN`; `AUTH-RESPONSE` for a line that answers a challenge of SASL (RFC 4954, RFC 5034). */
  verb: string;
  /** What follows the verb, cut; it can hold a name or a password. */
  argument: string;
}

/** The last line of a reply of a server; continued lines (`230-`) and untagged ones of IMAP are left out. */
export interface LineReply {
  kind: 'line-reply';
  protocol: LineProtocol;
  /** IMAP only, else empty. */
  tag: string;
  /** FTP and SMTP, else 0. */
  code: number;
  /** `OK`, `NO`, `BAD` of IMAP and `OK`, `ERR` of POP3, else empty. */
  status: string;
  text: string;
}

export function isLineProtocol(protocol: string): protocol is LineProtocol {
  return protocol === 'ftp' || protocol === 'smtp' || protocol === 'imap' || protocol === 'pop';
}
