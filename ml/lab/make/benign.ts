/** Clients that behave: `benign.ts KIND SECONDS SEED [BASE]`. One kind of program each, with pauses of a person or a timer. */
import { createSocket } from 'node:dgram';
import { Agent, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../random';

const [kind = 'browse', seconds = '10', seed = '1', base = 'http://10.88.0.10'] = process.argv.slice(2);
const random = seededRandom(Number(seed) + 1000 * Number(process.env['LAB_SEED'] ?? 0));
const lastsMs = Number(seconds) * 1000 * Number(process.env['LAB_STRETCH'] ?? 1);
const end = Date.now() + lastsMs;
const going = (): boolean => Date.now() < end;
const some = (low: number, high: number): number => low + Math.floor(random() * (high - low));
const host = new URL(base).hostname;

interface Fetch {
  agent?: Agent | SecureAgent | false;
  method?: string;
  body?: Buffer | string;
  headers?: Record<string, string>;
}

function get(url: string, { agent = false, method = 'GET', body, headers = {} }: Fetch = {}): Promise<string> {
  return new Promise((resolve) => {
    const secure = url.startsWith('https');
    const options = {
      agent,
      method,
      headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)', accept: '*/*', ...headers },
      rejectUnauthorized: false,
      timeout: 15_000,
    };
    const asked = (secure ? secureRequest : request)(url, options as never, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text.length < 100_000 ? (text += chunk.toString('latin1')) : undefined));
      response.on('end', () => resolve(text));
      response.on('error', () => resolve(''));
    });
    asked.on('error', () => resolve(''));
    asked.on('timeout', () => asked.destroy());
    asked.end(body);
  });
}

const pool = (sockets: number): Agent | SecureAgent =>
  base.startsWith('https')
    ? new SecureAgent({ keepAlive: true, maxSockets: sockets })
    : new Agent({ keepAlive: true, maxSockets: sockets });

const kinds: Record<string, () => Promise<void>> = {
  async browse() {
    const agent = pool(6);
    while (going()) {
      const page = await get(`${base}/p${some(0, 12)}.html`, { agent });
      await Promise.all([...page.matchAll(/src="([^"]+)"/g)].map((m) => get(base + (m[1] ?? ''), { agent })));
      await wait(some(300, 4500));
    }
  },
  async browseClosing() {
    while (going()) {
      const page = await get(`${base}/p${some(0, 12)}.html`, { headers: { connection: 'close' } });
      await Promise.all(
        [...page.matchAll(/src="([^"]+)"/g)].map((m) => get(base + (m[1] ?? ''), { headers: { connection: 'close' } })),
      );
      await wait(some(200, 3000));
    }
  },
  async api() {
    const agent = pool(2);
    const list = ['/api?n=1', '/api?n=30', '/api?n=400', '/slow?n=120', '/search?q=hat', '/private'];
    while (going()) {
      await get(base + (list[some(0, list.length)] ?? ''), { agent, headers: { authorization: 'Bearer abc' } });
      await wait(some(5, 400));
    }
  },
  async apiClosing() {
    while (going()) {
      await get(`${base}/api?n=${some(1, 60)}`, { headers: { connection: 'close' } });
      await wait(some(20, 600));
    }
  },
  async apiPost() {
    const agent = pool(4);
    while (going()) {
      await Promise.all(
        Array.from({ length: some(1, 5) }, () =>
          get(`${base}/upload`, { agent, method: 'POST', body: Buffer.alloc(some(40, 9000), 'x') }),
        ),
      );
      await wait(some(50, 1200));
    }
  },
  async poll() {
    const every = some(700, 4000);
    for (let i = 0; going(); i++) {
      await get(`${base}/${i % 3 === 0 ? 'api?n=3' : 'health'}`, { headers: { connection: 'close' } });
      await wait(every);
    }
  },
  async longPoll() {
    while (going()) await Promise.all([1, 2, 3].map(() => get(`${base}/poll?n=${some(0, 3000)}`)));
  },
  async events() {
    await Promise.race([wait(lastsMs), ...[400, 2500, 7000].map((n) => get(`${base}/events?n=${n}`))]);
  },
  async websocket() {
    const open = (pause: number): void => {
      const socket = connect(8000, host);
      socket.on('error', () => socket.destroy());
      socket.write(
        `GET /ws HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      );
      const talk = (): void => {
        if (!going()) return void socket.end();
        socket.write(Buffer.concat([Buffer.of(0x81, 0x80 + 20), Buffer.alloc(24, 1)]));
        setTimeout(talk, pause * (0.5 + random()));
      };
      setTimeout(talk, 500);
    };
    for (const pause of [150, 900, 4000, 12_000]) open(pause);
    await wait(lastsMs);
  },
  async database() {
    const one = async (): Promise<void> => {
      const socket = connect(6379, host).on('error', () => undefined);
      while (going()) {
        for (let n = some(1, 20); n > 0; n--) {
          socket.write(`GET ${random() < 0.1 ? some(1000, 60_000) : some(4, 400)}\n`);
          await wait(some(1, 30));
        }
        await wait(some(100, 4000));
      }
      socket.end();
    };
    await Promise.all(Array.from({ length: 8 }, one));
  },
  async shortDatabase() {
    while (going()) {
      const socket = connect(6379, host).on('error', () => undefined);
      for (let n = some(1, 6); n > 0; n--) {
        socket.write(`SELECT ${some(10, 3000)}\n`);
        await wait(some(2, 40));
      }
      socket.end();
      await wait(some(50, 900));
    }
  },
  async messages() {
    const one = async (pause: number): Promise<void> => {
      const socket = connect(6379, host).on('error', () => undefined);
      while (going()) {
        socket.write('PING 2\n');
        await wait(pause);
      }
      socket.end();
    };
    await Promise.all([1000, 5000, 10_000, 15_000].map(one));
  },
  /** Opens and closes, as monitors and load balancers do. */
  async portMonitor() {
    while (going()) {
      for (const port of [80, 22, 443, 8081]) {
        const socket = connect(port, host).on('error', () => undefined);
        await wait(some(3, 60));
        if (random() < 0.3) socket.resetAndDestroy();
        else socket.end();
        setTimeout(() => socket.destroy(), 500);
      }
      await wait(some(1000, 5000));
    }
  },
  /** A service that is down, tried again and again, slower each time. */
  async retries() {
    for (let pause = 100; going(); pause = Math.min(5000, pause * 1.6)) {
      await get(`http://${host}:8081/api`, {});
      await wait(pause);
    }
  },
  async uploads() {
    while (going()) {
      await get(`${base}/upload`, { method: 'POST', body: Buffer.alloc(some(100_000, 4_000_000), 7) });
      await wait(some(500, 3000));
    }
  },
  async film() {
    const agent = pool(1);
    for (let i = some(0, 10); going(); i++) {
      await get(`${base}/film/s${i % 24}.bin`, { agent });
      await wait(some(1400, 2600));
    }
  },
  async call() {
    const one = async (size: number, pause: number): Promise<void> => {
      const socket = createSocket('udp4');
      while (going()) {
        socket.send(Buffer.alloc(some(size / 2, size), 3), 4433, host);
        await wait(pause);
      }
      socket.close();
    };
    await Promise.all([one(180, 20), one(1150, 33), one(60, 1000), one(400, 5000)]);
  },
  async logins() {
    while (going()) {
      const agent = new Agent({ keepAlive: true });
      if (random() < 0.25) await get(`${base}/login`, { agent, method: 'POST', body: 'user=ann&password=mistyped' });
      await wait(some(800, 2500));
      await get(`${base}/login`, { agent, method: 'POST', body: 'user=ann&password=right-horse' });
      for (let n = some(1, 6); n > 0; n--)
        await get(`${base}/api?n=${some(1, 50)}`, { agent, headers: { authorization: 'Bearer abc' } });
      agent.destroy();
      await wait(some(1000, 6000));
    }
  },
  /** A build: many packages at once, each on a connection of its own. */
  async packages() {
    while (going()) {
      await Promise.all(
        Array.from({ length: some(8, 24) }, () =>
          get(`${base}/f${[180, 900, 2400, 7000, 18000, 41000, 90000, 260000][some(0, 8)] ?? 180}.bin`, {
            headers: { connection: 'close' },
          }),
        ),
      );
      await wait(some(1500, 5000));
    }
  },
  async slowReader() {
    const socket = connect({ port: 80, host, highWaterMark: 2048 } as never).on('error', () => undefined);
    socket.write(`GET /f900000.bin HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    while (going() && !socket.destroyed) {
      socket.pause();
      await wait(some(50, 200));
      socket.resume();
      await wait(5);
    }
    socket.destroy();
  },
  async ftp() {
    while (going()) {
      const socket = connect(2121, host).on('error', () => undefined);
      for (const line of ['USER ann', 'PASS right-horse', 'SYST', 'PWD', 'TYPE I', 'CWD files', 'NOOP', 'QUIT']) {
        await wait(some(60, 1500));
        socket.write(`${line}\r\n`);
      }
      await wait(some(500, 2000));
    }
  },
};

void (async () => {
  await Promise.race([kinds[kind]?.(), wait(lastsMs + 500)]);
  process.exit(0);
})();
