// A debug adapter for the tests (Debug Adapter Protocol over stdio). It runs `program` with Node, says which process that is, and is
// "stopped" whenever the program prints STOP, until it is told to continue: then the program gets a line on its stdin.
import { spawn } from 'node:child_process';

let sequence = 0;
let child = null;
let input = Buffer.alloc(0);

function send(message) {
  const text = JSON.stringify({ seq: ++sequence, ...message });
  process.stdout.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}
const event = (name, body = {}) => send({ type: 'event', event: name, body });

const answers = {
  initialize: () => ({ supportsConfigurationDoneRequest: true }),
  launch: ({ program, runtime, env }) => {
    child = spawn(runtime, [program], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
    event('process', { name: program, systemProcessId: child.pid, isLocalProcess: true, startMethod: 'launch' });
    let printed = '';
    child.stdout.on('data', (part) => {
      printed += part;
      for (let at = printed.indexOf('\n'); at >= 0; at = printed.indexOf('\n')) {
        if (printed.slice(0, at) === 'STOP') event('stopped', { reason: 'breakpoint', threadId: 1 });
        printed = printed.slice(at + 1);
      }
    });
    child.on('exit', (exitCode) => {
      event('exited', { exitCode: exitCode ?? 1 });
      event('terminated');
    });
    return {};
  },
  threads: () => ({ threads: [{ id: 1, name: 'main' }] }),
  stackTrace: () => ({
    totalFrames: 1,
    stackFrames: [{ id: 1, name: 'main', line: 12, column: 1, source: { name: 'program.js' } }],
  }),
  scopes: () => ({ scopes: [] }),
  continue: () => {
    child.stdin.write('\n');
    return { allThreadsContinued: true };
  },
  disconnect: () => {
    child?.kill('SIGKILL');
    return {};
  },
};

process.stdin.on('data', (part) => {
  input = Buffer.concat([input, part]);
  for (;;) {
    const end = input.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(input.subarray(0, end).toString())?.[1]);
    if (input.length < end + 4 + length) return;
    const request = JSON.parse(input.subarray(end + 4, end + 4 + length).toString());
    input = input.subarray(end + 4 + length);
    const answer = answers[request.command];
    send({
      type: 'response',
      request_seq: request.seq,
      success: true,
      command: request.command,
      body: answer?.(request.arguments ?? {}) ?? {},
    });
    if (request.command === 'initialize') event('initialized');
    if (request.command === 'disconnect') process.exit(0);
  }
});
process.stdin.on('end', () => {
  child?.kill('SIGKILL');
  process.exit(0);
});
