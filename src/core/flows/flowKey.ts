import type { Flow } from './flow';
import { wordAt } from './hash';

/** An address pair and ports to look a flow up by, filled from a packet or from the packet that an ICMP error quotes. */
export class FlowKey {
  addressLength = 0;
  ipProtocol = 0;
  s0 = 0;
  s1 = 0;
  s2 = 0;
  s3 = 0;
  d0 = 0;
  d1 = 0;
  d2 = 0;
  d3 = 0;
  sourcePort = -1;
  destinationPort = -1;
}

/** Fills in the addresses of `length` 4 or 16 bytes at the offsets. */
export function readAddresses(
  key: FlowKey,
  bytes: Uint8Array,
  source: number,
  destination: number,
  length: number,
): void {
  key.addressLength = length;
  key.s0 = wordAt(bytes, source);
  key.d0 = wordAt(bytes, destination);
  const six = length === 16;
  key.s1 = six ? wordAt(bytes, source + 4) : 0;
  key.s2 = six ? wordAt(bytes, source + 8) : 0;
  key.s3 = six ? wordAt(bytes, source + 12) : 0;
  key.d1 = six ? wordAt(bytes, destination + 4) : 0;
  key.d2 = six ? wordAt(bytes, destination + 8) : 0;
  key.d3 = six ? wordAt(bytes, destination + 12) : 0;
}

/** The key's source is `flow.a`, its destination `flow.b`. */
export function isForward(flow: Flow, key: FlowKey): boolean {
  return (
    flow.aWord0 === key.s0 &&
    flow.bWord0 === key.d0 &&
    flow.aPort === key.sourcePort &&
    flow.bPort === key.destinationPort &&
    flow.aWord1 === key.s1 &&
    flow.aWord2 === key.s2 &&
    flow.aWord3 === key.s3 &&
    flow.bWord1 === key.d1 &&
    flow.bWord2 === key.d2 &&
    flow.bWord3 === key.d3
  );
}

/** The key's source is `flow.b`, its destination `flow.a`. */
export function isBackward(flow: Flow, key: FlowKey): boolean {
  return (
    flow.bWord0 === key.s0 &&
    flow.aWord0 === key.d0 &&
    flow.bPort === key.sourcePort &&
    flow.aPort === key.destinationPort &&
    flow.bWord1 === key.s1 &&
    flow.bWord2 === key.s2 &&
    flow.bWord3 === key.s3 &&
    flow.aWord1 === key.d1 &&
    flow.aWord2 === key.d2 &&
    flow.aWord3 === key.d3
  );
}
