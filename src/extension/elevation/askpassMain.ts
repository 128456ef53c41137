/**
 * The program that sudo asks for a password: passes the question to the extension over its socket, and prints the
 * answer. Ends with 1 when there is none. The password is nowhere but in this process' memory and on its stdout.
 */
import { connect } from 'node:net';
import type { AskpassRequest } from '../../protocol/askpass';
import {
  askpassMarkers,
  askpassTimeoutMs,
  askpassVariables,
  isAskpassAnswer,
  maxAskpassLineBytes,
} from '../../protocol/askpass';
import { LineSplitter } from '../../protocol/lines';

/** The extension gives up first, so that its words reach sudo. */
const marginMs = 3000;

function give(password: string): void {
  process.stderr.write(`${askpassMarkers.answered}\n`);
  process.stdout.write(`${password}\n`, () => process.exit(0));
}

function cancel(reason: string): never {
  process.stderr.write(`${askpassMarkers.cancelled}${reason === '' ? '' : ` (${reason})`}\n`);
  process.exit(1);
}

function onAnswer(line: Uint8Array): void {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(line).toString('utf8'));
  } catch {
    answer = undefined;
  }
  if (!isAskpassAnswer(answer) || answer.password === null) cancel('');
  // A line break would be an answer to a second question.
  else if (/[\r\n]/.test(answer.password)) cancel('a password of several lines');
  else give(answer.password);
}

const socketPath = process.env[askpassVariables.socket];
const token = process.env[askpassVariables.token];
if (socketPath === undefined || token === undefined) cancel('not started by the extension');

const request: AskpassRequest = { token, prompt: (process.argv[2] ?? '').slice(0, 1024) };
const socket = connect(socketPath);
let isAnswered = false;
const lines = new LineSplitter(
  maxAskpassLineBytes,
  (line) => {
    if (!isAnswered) onAnswer(line);
    isAnswered = true;
  },
  () => cancel('an answer that is too long'),
);
socket.setTimeout(askpassTimeoutMs + marginMs, () => cancel('no answer'));
socket.on('error', (error) => cancel(error.message));
socket.on('data', (chunk) => lines.push(chunk));
socket.on('close', () => {
  if (!isAnswered) cancel('the extension is gone');
});
socket.write(`${JSON.stringify(request)}\n`);
