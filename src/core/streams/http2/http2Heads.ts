import { textHash } from '../../bytes/textHash';
import { authorizationScheme, contentLength, maxTargetLength, maxValueLength } from '../../decode/http';
import type { HttpRequest, HttpResponse } from '../../decode/http';
import { printableLatin1 } from '../../decode/text';
import { fieldValue } from './headerField';
import type { HeaderField } from './headerField';

export const http2Version = 'HTTP/2';

/** The head of a message out of a header list (RFC 9113 section 8.3); null for trailers. Without a body its length is 0. */
export function http2Head(
  fields: readonly HeaderField[],
  streamId: number,
  endStream: boolean,
): HttpRequest | HttpResponse | null {
  const text = (name: string, maxLength = maxValueLength): string | null => {
    const value = fieldValue(fields, name);
    return value === null ? null : printableLatin1(value, maxLength);
  };
  const shared = {
    version: http2Version,
    contentType: text('content-type'),
    contentLength: contentLength(fieldValue(fields, 'content-length') ?? '') ?? (endStream ? 0 : null),
    chunked: false,
    headWhole: true,
    streamId,
  };
  const method = text(':method', 32);
  if (method !== null) {
    const authorization = fieldValue(fields, 'authorization');
    const host = text(':authority') ?? text('host');
    return {
      kind: 'http-request',
      method,
      target: text(':path', maxTargetLength) ?? host ?? '',
      host,
      userAgent: text('user-agent'),
      cookie: cookieOf(fields),
      referer: text('referer'),
      authorization: authorization === null ? null : authorizationScheme(authorization),
      authorizationHash: authorization === null ? 0 : textHash(authorization),
      ...shared,
    };
  }
  const status = fieldValue(fields, ':status') ?? '';
  return /^[1-9][0-9]{2}$/.test(status)
    ? { kind: 'http-response', status: Number(status), reason: '', ...shared }
    : null;
}

/** One field for each pair is allowed (RFC 9113 section 8.2.3). */
function cookieOf(fields: readonly HeaderField[]): string | null {
  const pairs = fields.filter(([name]) => name === 'cookie').map(([, value]) => value);
  return pairs.length === 0 ? null : printableLatin1(pairs.join('; '), maxValueLength);
}
