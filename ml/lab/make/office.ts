/** Clients of an office, with the pauses of people and timers: `office.ts KIND SECONDS SEED HOST`. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../random';

const [kind = 'mail', seconds = '30', seed = '1', host = '10.88.0.12'] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const lastsMs = Number(seconds) * 1000;
const end = Date.now() + lastsMs;
const going = (): boolean => Date.now() < end;
const some = (low: number, high: number): number => low + Math.floor(random() * (high - low));
const text = (length: number): string =>
  Array.from({ length }, (_, i) => (i % 70 === 69 ? '\r\n' : String.fromCharCode(97 + some(0, 26)))).join('');

function open(port: number): Socket {
  const socket = connect(port, host);
  socket.on('error', () => socket.destroy());
  socket.resume();
  return socket;
}

/** Says one line after another, each after an answer or a second. */
async function say(socket: Socket, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const answered = new Promise((resolve) => socket.once('data', resolve));
    if (!socket.destroyed) socket.write(`${line}\r\n`);
    await Promise.race([answered, wait(1000)]);
  }
}

const kinds: Record<string, () => Promise<void>> = {
  /** Messages of a few lines, some with an attachment. */
  async mail() {
    while (going()) {
      const socket = open(25);
      await wait(some(50, 200));
      await say(socket, [
        'EHLO desk.lab.test',
        'MAIL FROM:<ann@lab.test>',
        `RCPT TO:<bob${some(1, 9)}@lab.test>`,
        'DATA',
      ]);
      const size = random() < 0.25 ? some(60_000, 700_000) : some(300, 6000);
      await say(socket, [`Subject: ${text(20)}\r\n\r\n${text(size)}\r\n.`, 'QUIT']);
      await wait(some(4000, 30_000));
    }
  },
  /** A mail program: reads what is new, then waits for news. */
  async mailbox() {
    const socket = open(143);
    await wait(200);
    if (random() < 0.2) await say(socket, ['a0 LOGIN ann wrong-horse']);
    await say(socket, ['a1 LOGIN ann right-horse', 'a2 SELECT INBOX']);
    for (let n = some(2, 12); n > 0 && going(); n--) {
      await say(socket, [`b${n} FETCH ${some(1, 42)} BODY[]`]);
      await wait(some(100, 5000));
    }
    await say(socket, ['c1 IDLE']);
    await wait(Math.max(0, end - Date.now()));
    socket.end('DONE\r\nz LOGOUT\r\n');
  },
  /** A mail program that looks every minute on a connection of its own. */
  async mailCheck() {
    while (going()) {
      const socket = open(143);
      await wait(100);
      await say(socket, ['a1 LOGIN bob right-horse', 'a2 SELECT INBOX', `a3 FETCH ${some(1, 42)} BODY[]`, 'a4 LOGOUT']);
      await wait(60_000);
    }
  },
  async chat() {
    const socket = open(6667);
    let next = Date.now() + 20_000;
    while (going()) {
      if (random() < 0.15) socket.write(`PRIVMSG #room :${text(some(3, 120)).replaceAll('\r\n', ' ')}\r\n`);
      if (Date.now() > next) {
        socket.write('PING lab\r\n');
        next += 20_000;
      }
      await wait(some(500, 4000));
    }
    socket.end('QUIT\r\n');
  },
  async time() {
    for (let pause = 2000; going(); pause = Math.min(64_000, pause * 2)) {
      const socket = createSocket('udp4');
      const request = Buffer.alloc(48);
      request[0] = 0x23;
      request.writeUInt32BE(Math.floor(Date.now() / 1000) + 2_208_988_800, 40);
      socket.send(request, 123, host);
      socket.on('message', () => socket.close());
      await wait(pause);
    }
  },
  /** A thing that reports its readings, or a program its metrics, at fixed times. */
  async readings() {
    const every = [5000, 10_000, 15_000, 30_000, 60_000][some(0, 5)] ?? 15_000;
    while (going()) {
      const socket = open(8000);
      const body = JSON.stringify({ at: Date.now(), values: Array.from({ length: some(3, 30) }, () => random()) });
      socket.write(
        `POST /upload HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: agent/1.2\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
      await wait(every);
    }
  },
};

void (async () => {
  await Promise.race([kinds[kind]?.(), wait(lastsMs + 500)]);
  process.exit(0);
})();
