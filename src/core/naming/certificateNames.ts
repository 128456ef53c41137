import { uint8 } from '../bytes/integers';
import type { ProtocolName } from '../decode/protocols';
import type { Payload } from './payload';

/** Elements looked at of one certificate, and how deep they nest: bounds the work that a hostile one asks for. */
const maxElements = 1000;
const maxDepth = 14;

/**
 * Object identifiers, in hexadecimal of their content, whose values tshark hands to the modules of X.509 (ITU-T X.509,
 * X.520, RFC 5280, RFC 3279, RFC 6960). The longest match counts.
 */
const modules: readonly (readonly [prefix: string, name: ProtocolName])[] = [
  // 2.5.4: attributes of distinguished names.
  ['5504', 'x509sat'],
  // 2.5.29: certificate extensions.
  ['551d', 'x509ce'],
  // 1.3.6.1.5.5.7.1.1 authorityInfoAccess, .11 subjectInfoAccess, .3 qcStatements apart.
  ['2b06010505070101', 'pkix1implicit'],
  ['2b0601050507010b', 'pkix1implicit'],
  // 1.3.6.1.5.5.7.2.2 user notice, .2.1 practice statement.
  ['2b06010505070202', 'pkix1implicit'],
  ['2b06010505070201', 'pkix1explicit'],
  // 1.3.6.1.5.5.7.1.24 TLS feature, .7 and .8 address blocks.
  ['2b06010505070118', 'pkix1explicit'],
  ['2b06010505070107', 'pkix1explicit'],
  ['2b06010505070108', 'pkix1explicit'],
  // 0.9.2342.19200300.100.1.25 domainComponent.
  ['0992268993f22c640119', 'pkix1explicit'],
  // 1.2.840.10045.2.1 elliptic curve key, 1.2.840.113549.1.1.10 RSASSA-PSS.
  ['2a8648ce3d0201', 'pkcs-1'],
  ['2a864886f70d01010a', 'pkcs-1'],
  // 2.16.840.1.113730.1: Netscape's extensions.
  ['6086480186f84201', 'ns_cert_exts'],
  // 1.3.6.1.5.5.7.1.12 logotype (RFC 9399).
  ['2b0601050507010c', 'logotypecertextn'],
  // 1.3.6.1.5.5.7.48.1.5 no check.
  ['2b060105050730010', 'ocsp'],
];

/** Names the modules whose values the certificate in DER from `start` to `end` holds. */
export function nameCertificate(payload: Payload, bytes: Uint8Array, start: number, end: number): void {
  const walk = { left: maxElements };
  walkElements(payload, bytes, start, end, 0, walk);
}

/** RFC 6960 section 4.2.1: a response with the certificates that sign it. */
export function nameOcspResponse(payload: Payload, bytes: Uint8Array, start: number, end: number): void {
  payload.add('ocsp');
  nameCertificate(payload, bytes, start, end);
}

function walkElements(
  payload: Payload,
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
  walk: { left: number },
): void {
  let at = start;
  while (at + 2 <= end && walk.left > 0) {
    walk.left--;
    const tag = uint8(bytes, at);
    let length = uint8(bytes, at + 1);
    let body = at + 2;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 4) return;
      length = 0;
      for (let index = 0; index < size; index++) length = length * 256 + uint8(bytes, body + index);
      body += size;
    }
    const stop = body + length;
    if (tag === 6) {
      nameIdentifier(payload, bytes, body, Math.min(stop, end), stop < end);
    } else if ((tag & 0x20) !== 0 && depth < maxDepth) {
      walkElements(payload, bytes, body, Math.min(stop, end), depth + 1, walk);
    } else if (tag === 4 && depth < maxDepth && isSequence(bytes, body, stop)) {
      walkElements(payload, bytes, body, Math.min(stop, end), depth + 1, walk);
    }
    at = stop;
  }
}

/** An octet string whose content is one whole sequence: the value of an extension. */
function isSequence(bytes: Uint8Array, start: number, end: number): boolean {
  if (uint8(bytes, start) !== 0x30) return false;
  const first = uint8(bytes, start + 1);
  if (first < 0x80) return start + 2 + first === end;
  if (first === 0x81) return start + 3 + uint8(bytes, start + 2) === end;
  return first === 0x82 && start + 4 + uint8(bytes, start + 2) * 256 + uint8(bytes, start + 3) === end;
}

/** An identifier that a value follows. */
function nameIdentifier(payload: Payload, bytes: Uint8Array, start: number, end: number, hasValue: boolean): void {
  if (!hasValue || end - start > 16) return;
  let text = '';
  for (let at = start; at < end; at++) text += (uint8(bytes, at) + 256).toString(16).slice(1);
  for (const [prefix, name] of modules) {
    if (text.startsWith(prefix)) return payload.add(name);
  }
}
