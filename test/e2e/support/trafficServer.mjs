// A small HTTP server that the traffic of the browser tests goes to; ends when its stdin ends.
// node trafficServer.mjs ADDRESS PORT
import { createServer } from 'node:http';

const [address, port] = process.argv.slice(2);
const body = 'network traffic '.repeat(1024);
const server = createServer((_request, response) => response.end(body));
server.listen(Number(port), address, () => console.log('listening'));
process.stdin.on('end', () => process.exit(0)).resume();
