/** Mail, mailboxes, time and chat for lab traffic only: `officeServer.ts ADDRESS`. Enough of each protocol for its clients. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';

const [address = '127.0.0.1'] = process.argv.slice(2);

/** A server that answers each line. */
function lines(port: number, greeting: string, answer: (line: string, socket: Socket) => void): void {
  createServer((socket) => {
    let rest = '';
    socket.on('error', () => socket.destroy());
    if (greeting !== '') socket.write(greeting);
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString('latin1')).split('\r\n');
      rest = (parts.pop() ?? '').slice(-1000);
      for (const line of parts) answer(line, socket);
    });
  }).listen(port, address);
}

/** Who is inside a message's text, which ends with a line of one dot (RFC 5321 section 4.1.1.4). */
const inMessage = new WeakSet<Socket>();
lines(25, '220 mail.lab.test ESMTP\r\n', (line, socket) => {
  if (inMessage.has(socket)) {
    if (line !== '.') return;
    inMessage.delete(socket);
    return void socket.write('250 2.0.0 queued\r\n');
  }
  const word = line.slice(0, 4).toUpperCase();
  if (word === 'EHLO') socket.write('250-mail.lab.test\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n');
  else if (word === 'DATA') {
    inMessage.add(socket);
    socket.write('354 go on\r\n');
  } else if (word === 'QUIT') socket.end('221 2.0.0 bye\r\n');
  else socket.write('250 2.1.0 fine\r\n');
});

/** Mailboxes (RFC 9051): as many bytes as a fetch asks for; news from time to time for those who wait. */
lines(143, '* OK lab ready\r\n', (line, socket) => {
  const [tag = '*', word = '', first = ''] = line.split(' ');
  switch (word.toUpperCase()) {
    case 'LOGIN':
      return void setTimeout(
        () => socket.write(line.includes('right-horse') ? `${tag} OK in\r\n` : `${tag} NO wrong\r\n`),
        300,
      );
    case 'SELECT':
      return void socket.write(`* 42 EXISTS\r\n* 1 RECENT\r\n${tag} OK [READ-WRITE] selected\r\n`);
    case 'FETCH': {
      const size = 400 + ((Number(first) * 7919) % 60_000);
      socket.write(`* ${first} FETCH (BODY[] {${size}}\r\n`);
      socket.write(Buffer.alloc(size, 'mail text '));
      return void socket.write(`)\r\n${tag} OK fetched\r\n`);
    }
    case 'IDLE': {
      socket.write('+ idling\r\n');
      const timer = setInterval(() => socket.write('* 43 EXISTS\r\n'), 25_000);
      return void socket.on('close', () => clearInterval(timer));
    }
    case 'LOGOUT':
      return void socket.end(`* BYE\r\n${tag} OK bye\r\n`);
    default:
      socket.write(`${tag} OK done\r\n`);
  }
});

/** A room in which everybody reads what one says. */
const room = new Set<Socket>();
lines(6667, '', (line, socket) => {
  if (!room.has(socket)) {
    room.add(socket);
    socket.on('close', () => room.delete(socket));
  }
  for (const other of room) if (other !== socket && !other.destroyed) other.write(`${line}\r\n`);
  socket.write(':lab PONG\r\n');
});

/** Time (RFC 5905): stratum 2, with the times of now. */
const clock = createSocket('udp4');
clock.on('message', (message, { port, address: from }) => {
  const reply = Buffer.alloc(48);
  const seconds = Date.now() / 1000 + 2_208_988_800;
  reply.set([0x24, 2, 6, 0xec]);
  message.copy(reply, 24, 40, 48);
  for (const at of [16, 32, 40]) {
    reply.writeUInt32BE(Math.floor(seconds), at);
    reply.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), at + 4);
  }
  clock.send(reply, port, from);
});
clock.bind(123, address);
