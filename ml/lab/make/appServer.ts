/** A web application, a message server, a mini FTP server and UDP answers, for lab traffic only: `appServer.ts ADDRESS FOLDER`. */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { Socket } from 'node:net';
import path from 'node:path';

const [address = '127.0.0.1', folder = '.'] = process.argv.slice(2);
const filler = Buffer.alloc(200_000, 'lorem ipsum dolor sit amet ');

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://lab.test');
  let body = '';
  request.on('data', (chunk: Buffer) => (body = (body + chunk.toString('latin1')).slice(0, 10_000)));
  request.on('end', () => {
    const number = Number(url.searchParams.get('n') ?? 1);
    const json = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    switch (url.pathname) {
      case '/api':
        return json(200, {
          items: Array.from({ length: number }, (_, id) => ({ id, name: `item ${id}`, at: Date.now() })),
        });
      case '/login':
        return body.includes('right-horse') ? json(200, { token: 'abc' }) : json(401, { error: 'wrong password' });
      case '/signin':
        response.writeHead(body.includes('right-horse') ? 302 : 200, { location: '/' });
        return void response.end(`<form>${filler.toString('latin1', 0, 1400)}</form>`);
      case '/private':
        return request.headers.authorization === undefined
          ? json(401, { error: 'who are you?' })
          : json(200, { ok: true });
      case '/search':
      case '/item':
        response.writeHead(/['"]|union|--/i.test(decodeURIComponent(url.search)) ? 500 : 200);
        return void response.end(
          `<p>${url.search}</p>${filler.toString('latin1', 0, 300 + ((url.search.length * 37) % 6000))}`,
        );
      case '/slow':
        return void setTimeout(() => json(200, { took: number }), number);
      case '/poll':
        return void setTimeout(() => json(200, {}), 5_000 + number);
      case '/upload':
        return json(201, { bytes: body.length });
      case '/events': {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const timer = setInterval(() => response.write(`data: ${Date.now()}\n\n`), number);
        return void response.on('close', () => clearInterval(timer));
      }
      default:
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end(filler.subarray(0, 400 + ((url.pathname.length * 7919) % 40_000)));
    }
  });
}

/** Echoes messages and sends one of its own each second (RFC 6455, unmasked, under 126 bytes). */
function upgrade(request: IncomingMessage, socket: Socket): void {
  const key = createHash('sha1')
    .update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
  );
  const frame = (length: number): Buffer => Buffer.concat([Buffer.of(0x81, length), filler.subarray(0, length)]);
  const timer = setInterval(() => socket.write(frame(20 + Math.floor(Math.random() * 100))), 1_000);
  socket.on('data', () => socket.write(frame(30)));
  socket.on('error', () => socket.destroy());
  socket.on('close', () => clearInterval(timer));
}

const plain = createServer(answer)
  .on('upgrade', (request, socket) => upgrade(request, socket as Socket))
  .listen(8000, address);
plain.keepAliveTimeout = 20_000;
const tls = { key: readFileSync(path.join(folder, 'tls.key')), cert: readFileSync(path.join(folder, 'tls.crt')) };
createSecureServer(tls, answer).listen(8443, address);

/** A request of a line, an answer whose length it names: databases, caches, message queues. */
createTcpServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    for (const line of chunk.toString('latin1').split('\n')) {
      const length = Number(line.split(' ')[1] ?? 0);
      if (line !== '') socket.write(filler.subarray(0, Math.min(100_000, 8 + (Number.isFinite(length) ? length : 0))));
    }
  });
}).listen(6379, address);

/** Enough of FTP (RFC 959) to refuse passwords and to answer commands. */
createTcpServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.write('220 lab ready\r\n');
  let tries = 0;
  socket.on('data', (chunk) => {
    for (const line of chunk.toString('latin1').split('\r\n')) {
      const [word = '', rest = ''] = line.split(' ');
      if (word === '') continue;
      if (/^user$/i.test(word)) socket.write('331 password please\r\n');
      else if (/^pass$/i.test(word)) {
        const right = rest === 'right-horse';
        setTimeout(() => socket.write(right ? '230 welcome\r\n' : '530 Login incorrect.\r\n'), 80);
        if (!right && ++tries >= 3) setTimeout(() => socket.end(), 100);
      } else if (/^quit$/i.test(word)) socket.end('221 bye\r\n');
      else socket.write('200 fine\r\n');
    }
  });
}).listen(2121, address);

/** Calls and games: a datagram comes back for each, a little smaller. */
const udp = createSocket('udp4');
udp.on('message', (message, { port, address: from }) =>
  udp.send(message.subarray(0, Math.max(1, message.length - 30)), port, from),
);
udp.bind(4433, address);
