/** The analyzer process: forked by the extension host, answers its requests, ends with it. */
import type { AnalyzerEvent, FromAnalyzer } from '../protocol/analyzerMessages';
import { analyzerProtocolVersion } from '../protocol/analyzerMessages';
import { restrainHeap } from './heapGrowth';
import { AnalyzerHost, toAnalyzerError } from './host';
import { Outbox } from './outbox';
import { parseRequest } from './requestSchema';

restrainHeap();

/** Time for the helper to end and the spool to be written when the extension host has gone. */
const farewellMs = 3000;

if (process.send === undefined) {
  process.stderr.write('This program is started by the extension. For the command line use cli.js.\n');
  process.exit(2);
}

const outbox = new Outbox((message, done) => {
  if (process.connected) process.send?.(message, undefined, undefined, done);
});
const post = (message: FromAnalyzer): void => outbox.post(message);
const send = (event: AnalyzerEvent): void => outbox.send(event);

const host = new AnalyzerHost(send);

process.on('message', (value: unknown) => {
  const parsed = parseRequest(value);
  if (!parsed.ok) {
    send({ type: 'log', level: 'error', message: `A request was refused: ${parsed.reason}` });
    const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null;
    if (typeof id === 'number') post({ id, error: { code: 'BAD_REQUEST', message: parsed.reason, hint: '' } });
    return;
  }
  const { id, request } = parsed.message;
  host.answer(request).then(
    (ok) => post({ id, ok }),
    (error: unknown) => post({ id, error: toAnalyzerError(error) }),
  );
});

function end(): void {
  setTimeout(() => process.exit(0), farewellMs).unref();
  void host.dispose().finally(() => process.exit(0));
}
process.on('disconnect', end);
process.on('SIGTERM', end);

send({ type: 'ready', version: analyzerProtocolVersion, pid: process.pid });
