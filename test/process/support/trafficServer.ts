/**
 * Run inside a namespace: a small web server and a small name server on the address of argv[2].
 * HTTP on 8080: `/bytes/N` answers N bytes. DNS on 5300, UDP: every A question is answered with 192.0.2.53.
 * Ends with its stdin.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';

const address = process.argv[2] ?? '127.0.0.1';

const web = createServer((request, response) => {
  const size = Math.min(Number(/^\/bytes\/(\d+)$/.exec(request.url ?? '')?.[1] ?? 2), 1_000_000);
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': size });
  response.end('x'.repeat(size));
});

const names = createSocket('udp4');
names.on('message', (query, from) => {
  if (query.length < 17) return;
  // RFC 1035 4.1: the question is repeated, an answer points back at its name; the additional part (EDNS) is left out.
  const questionEnd = query.indexOf(0, 12) + 5;
  const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const answer = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 53]);
  names.send(Buffer.concat([header, query.subarray(12, questionEnd), answer]), from.port, from.address);
});

names.bind(5300, address, () => {
  web.listen(8080, address, () => process.stdout.write('ready\n'));
});
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
