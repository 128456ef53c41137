import { engineLimits } from '../limits';
import type { ConversationNames } from './conversationNames';
import type { Namer, Payload } from './payload';

const maxLine = 200;
const firstBytes = new Set([0x32, 0x50, 0x70, 0x45, 0x65]);

/** Notes the port of the data connection that an FTP line names: PORT and 227 (RFC 959), EPRT and 229 (RFC 2428). */
export function expectFtpData(payload: Payload, conversation: ConversationNames): void {
  const { expected } = conversation;
  const { bytes, start, end } = payload;
  const first = bytes[start];
  // "2", "P", "p", "E", "e".
  if (expected === null || first === undefined || !firstBytes.has(first)) return;
  const line = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + maxLine)));
  const old = /^(?:227|PORT)[^\d]*(?:[^(\r\n]*\()?\d+,\d+,\d+,\d+,(\d+),(\d+)/i.exec(line);
  const extended = /^(?:229[^(\r\n]*\(\|\|\||EPRT \|[12]\|[^|\r\n]*\|)(\d+)\|/i.exec(line);
  const port = old === null ? Number(extended?.[1] ?? 0) : Number(old[1]) * 256 + Number(old[2]);
  if (port <= 0 || port > 65_535) return;
  if (expected.size >= engineLimits.expectedDataPorts) expected.clear();
  expected.add(port);
}

/** A file, or a list of files, of which each segment counts. */
export const nameFtpData: Namer = (payload) => {
  payload.add('ftp-data');
  payload.add(isText(payload) ? 'data-text-lines' : 'data');
  return payload.wireEnd - payload.start;
};

function isText({ bytes, start, end }: Payload): boolean {
  for (let at = start; at < Math.min(end, start + 64); at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return false;
  }
  return true;
}
