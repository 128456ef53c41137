import type { PacketView } from '../decode/packetView';
import type { FlowTable } from '../flows/flowTable';
import { LimitCounter, engineLimits } from '../limits';
import { ArpRouters } from './arpRouters';
import type { Contact } from './contact';
import { PendingRequests } from './pendingRequests';

/** Tells which ARP requests (RFC 826) nobody answered. */
export class ArpTracker {
  readonly routers = new ArpRouters();
  readonly requests: PendingRequests;

  constructor(failed: (contact: Contact) => void) {
    const limit = new LimitCounter('ARP requests waiting for an answer', engineLimits.scanPendingArp);
    this.requests = new PendingRequests('arp', limit, failed);
  }

  packet(view: PacketView, table: FlowTable): void {
    if (view.arpSenderAddressOffset < 0 || view.arpTargetAddressOffset < 0) return;
    const sender = table.hosts.at(view.bytes, view.arpSenderAddressOffset, 4);
    const target = table.hosts.at(view.bytes, view.arpTargetAddressOffset, 4);
    // Gratuitous ones announce or probe the sender's own address (RFC 5227) and want no answer.
    if (sender === target || sender.isGroup || target.isGroup) return;
    this.routers.learn(view, sender);
    if (view.arpOpcode === 2) this.requests.answered(target, sender);
    else if (view.arpOpcode === 1) this.requests.asked(view, sender, target);
  }
}
