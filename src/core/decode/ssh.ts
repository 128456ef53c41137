import { indexOfByte, printableText, startsWithAscii } from './text';

export interface SshBanner {
  kind: 'ssh-banner';
  /** Protocol version, `2.0`. */
  version: string;
  /** Software version and comments, `OpenSSH_9.2p1 Debian-2`. */
  software: string;
}

/** From here on this side encrypts (SSH_MSG_NEWKEYS, RFC 4253 section 7.3). */
export interface SshNewKeys {
  kind: 'ssh-new-keys';
}

/** Identification string (RFC 4253 section 4.2), at most 255 bytes. */
export function decodeSshBanner(bytes: Uint8Array, start: number, end: number): SshBanner | null {
  if (!startsWithAscii(bytes, start, end, 'SSH-')) return null;
  const limit = Math.min(end, start + 255);
  const lineFeed = indexOfByte(bytes, 0x0a, start, limit);
  const line = printableText(bytes, start + 4, lineFeed < 0 ? limit : lineFeed, 255).replace(/·$/, '');
  const dash = line.indexOf('-');
  if (dash < 0) return null;
  return { kind: 'ssh-banner', version: line.slice(0, dash), software: line.slice(dash + 1) };
}
