// A DNS server that answers every query with one address; ends when its stdin ends.
// node nameServer.mjs ADDRESS ANSWER
import { createSocket } from 'node:dgram';

const [address, answer] = process.argv.slice(2);
const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...answer.split('.').map(Number)]);
const socket = createSocket('udp4');
socket.on('message', (query, { address: to, port }) => {
  // The question without what may stand behind it: labels up to an empty one, type and class.
  const question = query.subarray(0, query.indexOf(0, 12) + 5);
  const reply = Buffer.concat([question, record]);
  reply.writeUInt16BE(0x8180, 2);
  [1, 1, 0, 0].forEach((count, index) => reply.writeUInt16BE(count, 4 + 2 * index));
  socket.send(reply, port, to);
});
socket.bind(53, address, () => console.log('listening'));
process.stdin.on('end', () => process.exit(0)).resume();
