import type { ApplicationMessage } from '../decode/application';
import { type PacketView, tcpFlags } from '../decode/packetView';

/** What a packet is, as a label that has a colour. Of several the first counts: trouble before the ordinary. */
export const packetLabels = [
  'Damaged',
  'Reset',
  'Unreachable',
  'Opens',
  'Closes',
  'ARP',
  'ICMP',
  'DNS',
  'HTTP',
  'TLS',
  'UDP',
  'TCP',
] as const;
export type PacketLabel = (typeof packetLabels)[number];

/** Label of the packet in the view; null for what has none. */
export function packetLabel(view: PacketView, application: ApplicationMessage | null): PacketLabel | null {
  if (view.notes.length > 0) return 'Damaged';
  if (view.arpOpcode >= 0) return 'ARP';
  if (view.icmpType >= 0) return isError(view) ? 'Unreachable' : 'ICMP';
  const isTcp = view.ipProtocol === 6 && view.transportOffset >= 0;
  if (isTcp && (view.tcpFlags & tcpFlags.rst) !== 0) return 'Reset';
  if (isTcp && (view.tcpFlags & tcpFlags.syn) !== 0) return 'Opens';
  const named = application === null ? null : labelOf(application);
  if (named !== null) return named;
  if (isTcp && (view.tcpFlags & tcpFlags.fin) !== 0) return 'Closes';
  if (isTcp) return 'TCP';
  return view.ipProtocol === 17 && view.transportOffset >= 0 ? 'UDP' : null;
}

function isError(view: PacketView): boolean {
  if (view.ipProtocol === 58) return view.icmpType < 128;
  return view.icmpType === 3 || view.icmpType === 5 || view.icmpType === 11 || view.icmpType === 12;
}

function labelOf(application: ApplicationMessage): PacketLabel | null {
  switch (application.kind) {
    case 'dns':
      return 'DNS';
    case 'http-request':
    case 'http-response':
    case 'http-body':
      return 'HTTP';
    case 'tls-client-hello':
    case 'tls-server-hello':
    case 'tls-record':
    case 'quic':
      return 'TLS';
    default:
      return null;
  }
}
