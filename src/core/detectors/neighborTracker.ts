import type { PacketView } from '../decode/packetView';
import type { FlowTable } from '../flows/flowTable';
import type { Host } from '../flows/host';
import { LimitCounter, engineLimits } from '../limits';
import type { Contact } from './contact';
import { PendingRequests } from './pendingRequests';

/** Types of ICMPv6 (RFC 4861 section 4); solicitations are between them. */
const types = { routerAdvertisement: 134, neighborAdvertisement: 136 } as const;

/**
 * Tells which neighbor solicitations of IPv6 (RFC 4861 section 7.2) nobody answered. Only those to a group count, which ask for an
 * address; those to one host ask whether it is still there.
 */
export class NeighborTracker {
  readonly requests: PendingRequests;
  /** Senders of router advertisements; a link has few. */
  readonly routerLimit = new LimitCounter('IPv6 routers', engineLimits.ipv6Routers);
  readonly #routers = new Set<Host>();

  constructor(failed: (contact: Contact) => void) {
    const limit = new LimitCounter('neighbor solicitations waiting for an answer', engineLimits.scanPendingArp);
    this.requests = new PendingRequests('neighbor', limit, failed);
  }

  isRouter(host: Host): boolean {
    return this.#routers.has(host);
  }

  packet(view: PacketView, table: FlowTable): void {
    const { bytes, icmpType, transportOffset } = view;
    if (view.addressLength !== 16 || view.ipProtocol !== 58) return;
    if (icmpType < types.routerAdvertisement || icmpType > types.neighborAdvertisement) return;
    const sender = table.hosts.at(bytes, view.sourceAddressOffset, 16);
    if (sender.isGroup) return;
    if (icmpType === types.routerAdvertisement) return this.#learn(sender);
    const target = transportOffset + 8;
    if (transportOffset < 0 || target + 16 > bytes.length) return;
    const destination = table.hosts.at(bytes, view.destinationAddressOffset, 16);
    const asked = table.hosts.at(bytes, target, 16);
    if (asked.isGroup) return;
    if (icmpType === types.neighborAdvertisement) this.requests.answered(destination, asked);
    else if (destination.isGroup && asked !== sender) this.requests.asked(view, sender, asked);
  }

  #learn(router: Host): void {
    if (this.#routers.has(router)) return;
    if (this.#routers.size >= this.routerLimit.limit) this.routerLimit.hits++;
    else this.#routers.add(router);
  }
}
