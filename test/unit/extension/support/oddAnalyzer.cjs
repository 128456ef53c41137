// A process that speaks the analyzer's protocol as badly as argv[2] says: what the real one never does, on purpose.
const mode = process.env.ODD_MODE;
const ready = { event: { type: 'ready', version: mode === 'old' ? 0 : 1, pid: process.pid } };
if (mode !== 'mute') process.send(ready);
if (mode === 'clings') {
  process.on('disconnect', () => {});
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1000);
}
process.on('message', ({ id, request }) => {
  switch (mode) {
    case 'dies':
      process.stderr.write('about to die\n');
      process.exit(3);
      break;
    case 'silent':
      break;
    case 'wrong':
      process.send('not an object');
      process.send({ event: { type: 'snapshot', snapshot: { run: 1 } } });
      process.send({ id, ok: { interface: 7 } });
      break;
    case 'late':
      setTimeout(() => process.send({ id, ok: {} }), 300);
      break;
    case 'refuses':
      process.send({ id, error: { code: 'BAD_FILTER', message: 'syntax error', hint: 'see pcap-filter(7)' } });
      break;
    default:
      if (request.type === 'validateFilter') {
        process.send({ id, ok: { verdict: 'invalid', message: String(process.env.NODE_OPTIONS ?? 'none') } });
      } else {
        process.send({ event: { type: 'log', level: 'info', message: `asked ${request.type}` } });
        process.send({ id, ok: {} });
      }
  }
});
