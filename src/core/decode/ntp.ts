import { uint8 } from '../bytes/integers';

export interface NtpMessage {
  kind: 'ntp';
  version: number;
  /** RFC 5905 figure 10: 3 client, 4 server, 6 control, 7 private. */
  mode: number;
  /** 0 where the mode has none. */
  stratum: number;
}

/** NTP (RFC 5905 section 7.3); control and private messages (modes 6, 7) are shorter. Asked only on port 123. */
export function decodeNtp(bytes: Uint8Array, start: number, end: number): NtpMessage | null {
  const length = end - start;
  const first = uint8(bytes, start);
  const version = (first >> 3) & 7;
  const mode = first & 7;
  if (length < (mode >= 6 ? 8 : 48) || version === 0 || version > 4) return null;
  return { kind: 'ntp', version, mode, stratum: mode >= 6 ? 0 : uint8(bytes, start + 1) };
}
