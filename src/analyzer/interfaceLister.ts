/**
 * A program of its own: writes the interfaces that libpcap knows to stdout, as one line. Needs no privilege. Apart from the
 * analyzer because the binding may crash, and fits one Node ABI only.
 */
import { Cap } from 'cap';
import type { InterfacesLine } from '../protocol/captureWire';

const line: InterfacesLine = {
  kind: 'interfaces',
  interfaces: Cap.deviceList().map((device) => ({
    name: device.name,
    description: device.description ?? null,
    addresses: device.addresses.flatMap((address) => address.addr ?? []),
    loopback: device.flags?.includes('PCAP_IF_LOOPBACK') ?? false,
  })),
};
process.stdout.write(`${JSON.stringify(line)}\n`);
