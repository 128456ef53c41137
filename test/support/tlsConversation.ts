import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http2, { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import net from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import type { RawPacket } from '../../src/core/pcap/rawPacket';
import { packetsAt, tcpFrame } from './packets';

/** Bytes as they went through a relay between the two, in their order. */
export interface Turn {
  fromClient: boolean;
  bytes: Uint8Array;
}

/** A real TLS connection on the loopback, with the key log that its client wrote. */
export interface TlsConversation {
  turns: Turn[];
  keyLog: string;
  protocol: string | null;
  cipher: string;
  /** To resume it with. */
  session: Buffer | null;
  resumed: boolean;
  packets: RawPacket[];
}

export interface Certificate {
  key: Buffer;
  cert: Buffer;
}

/** A key and a certificate for `localhost`, made now. Null without the `openssl` program. */
export function makeCertificate(algorithm: 'rsa' | 'ec'): Certificate | null {
  const folder = mkdtempSync(path.join(tmpdir(), 'nta-cert-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const kind = algorithm === 'rsa' ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  try {
    const words = ['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert];
    execFileSync('openssl', [...words, '-newkey', ...kind], { stdio: 'ignore', timeout: 30_000 });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One client asks `requests` HTTP/1 requests over one connection; each is answered with `answer`. */
export async function converse(
  certificate: Certificate,
  options: {
    server?: tls.TlsOptions;
    client?: tls.ConnectionOptions;
    requests: readonly string[];
    answer: Uint8Array;
  },
): Promise<TlsConversation> {
  const server = createHttpsServer({ ...certificate, ...options.server }, (request, response) => {
    request.resume().on('end', () => {
      response.setHeader('Content-Type', 'application/octet-stream');
      response.end(options.answer);
    });
  });
  try {
    return await relayed(server, options.client ?? {}, async (socket) => {
      for (const request of options.requests) await ask(socket, request, options.answer.length);
      socket.end();
    });
  } finally {
    server.closeAllConnections();
  }
}

/** A request of HTTP/2; with a body it is a POST. */
export interface Http2Request {
  path: string;
  headers?: http2.OutgoingHttpHeaders;
  body?: string;
}

/** The same over HTTP/2, those with a body one by one, then the others at once; a body is sent back, the others are told `hello`. */
export async function converseHttp2(
  certificate: Certificate,
  requests: readonly Http2Request[],
): Promise<TlsConversation> {
  const server = createSecureServer(certificate, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.setHeader('content-type', 'text/plain');
      response.end(parts.length === 0 ? 'hello' : Buffer.concat(parts));
    });
  });
  return relayed(server, { ALPNProtocols: ['h2'] }, async (socket) => {
    const session = http2.connect('https://localhost', { createConnection: () => socket });
    const ask = async ({ path, headers, body }: Http2Request): Promise<void> => {
      const method = body === undefined ? 'GET' : 'POST';
      const stream = session.request({ ...headers, ':path': path, ':method': method });
      stream.resume();
      stream.end(body);
      await once(stream, 'end');
    };
    for (const request of requests.filter(({ body }) => body !== undefined)) await ask(request);
    await Promise.all(requests.filter(({ body }) => body === undefined).map(ask));
    session.close();
  });
}

/** What goes between a server and a client, both of TLS, through a relay that listens. */
async function relayed(
  server: Server,
  options: tls.ConnectionOptions,
  talk: (socket: tls.TLSSocket) => Promise<void>,
): Promise<TlsConversation> {
  const turns: Turn[] = [];
  const keyLog: string[] = [];
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const relay = net.createServer((near) => {
    const far = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    const pass = (from: net.Socket, to: net.Socket, fromClient: boolean): void => {
      from.on('data', (bytes: Buffer) => {
        turns.push({ fromClient, bytes: Uint8Array.from(bytes) });
        to.write(bytes);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
    };
    pass(near, far, true);
    pass(far, near, false);
  });
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  try {
    const socket = tls.connect({
      host: '127.0.0.1',
      port: (relay.address() as AddressInfo).port,
      servername: 'localhost',
      rejectUnauthorized: false,
      ...options,
    });
    socket.on('keylog', (line: Buffer) => keyLog.push(line.toString()));
    let session: Buffer | null = null;
    socket.on('session', (ticket: Buffer) => (session = ticket));
    await once(socket, 'secureConnect');
    const resumed = socket.isSessionReused();
    const protocol = socket.getProtocol();
    const cipher = socket.getCipher().name;
    const closed = once(socket, 'close');
    await talk(socket);
    await closed;
    return { turns, keyLog: keyLog.join(''), protocol, cipher, session, resumed, packets: packetsOf(turns) };
  } finally {
    relay.close();
    server.close();
  }
}

/** Sends a request; resolves when an answer with a body of that length has come. */
async function ask(socket: tls.TLSSocket, request: string, bodyBytes: number): Promise<void> {
  let answer = Buffer.alloc(0);
  const whole = new Promise<void>((resolve, reject) => {
    const onData = (part: Buffer): void => {
      answer = Buffer.concat([answer, part]);
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0 || answer.length < end + 4 + bodyBytes) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData).once('error', reject);
  });
  socket.write(request);
  await whole;
}

const clientEnd = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 50_000, destinationPort: 443 };
const serverEnd = { source: '10.0.0.2', destination: '10.0.0.1', sourcePort: 443, destinationPort: 50_000 };
const segmentBytes = 1400;

/** The conversation as a client and a server on a wire: handshake, segments a millisecond apart. */
export function packetsOf(turns: readonly Turn[], ends = { client: clientEnd, server: serverEnd }): RawPacket[] {
  const { client, server } = ends;
  const next = { client: 1001, server: 9001 };
  const frames = [
    tcpFrame({ ...client, flags: 'S', sequence: 1000 }),
    tcpFrame({ ...server, flags: 'SA', sequence: 9000, acknowledgment: 1001 }),
    tcpFrame({ ...client, flags: 'A', sequence: 1001, acknowledgment: 9001 }),
  ];
  for (const { fromClient, bytes } of turns) {
    const [from, to, end] = fromClient
      ? (['client', 'server', client] as const)
      : (['server', 'client', server] as const);
    for (let at = 0; at < bytes.length; at += segmentBytes) {
      const part = bytes.subarray(at, at + segmentBytes);
      frames.push(tcpFrame({ ...end, flags: 'PA', sequence: next[from], acknowledgment: next[to] }, part));
      next[from] += part.length;
    }
  }
  return packetsAt(frames.map((frame, index) => [index / 1000, frame]));
}
