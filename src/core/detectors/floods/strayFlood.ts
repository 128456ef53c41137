import { tcpFlags } from '../../decode/packetView';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import type { FindingWords } from '../incident';
import { count, rounded, span } from '../words';
import { plain } from './floodIncident';
import type { FloodIncident } from './floodIncident';
import { floodMitre, floodNext } from './floodRule';
import type { FloodWatch } from './floodWatch';

/**
 * Counts segments without SYN that open a flow of their own towards one port (ACK, RST and FIN floods): each costs its target a
 * look-up and most of them an RST (RFC 9293 section 3.10.7). Connections that began before the capture open a flow like this,
 * too, but are answered by something else.
 */
export function countStray(watch: FloodWatch, view: PacketView, { flow, events, fromA }: FlowTable): void {
  if (flow === null || flow.synSeen) return;
  if ((events & flowEvents.opened) !== 0) {
    if (flow.b.isGroup || (view.tcpFlags & tcpFlags.syn) !== 0) return;
    const second = watch.attempt(view.timeUs, flow.b, flow.bPort, flow.a, view.number, flow);
    if (second === null) return;
    second.bytes += view.originalLength;
    second.fresh++;
  } else if ((events & flowEvents.answered) !== 0 && !fromA) {
    const second = watch.second(flow.startUs, flow.b, flow.bPort);
    if (second === null) return;
    if ((view.tcpFlags & tcpFlags.rst) === 0) second.settled++;
    else second.refused++;
  }
}

export function strayWords(incident: FloodIncident): FindingWords {
  const { bySources, onTarget, tally } = incident;
  return {
    threat: incident.threat,
    severity: incident.size,
    confidence: incident.confidence,
    title: `TCP flood of ${onTarget} by ${bySources}`,
    summary:
      `${bySources} sent ${count(incident.count, 'TCP segment')} that belong to no connection to ${onTarget} in ` +
      `${span(Math.max(1e-3, incident.seconds))}, up to ${rounded(incident.peak)} in a second.`,
    evidence: [
      ...incident.rateEvidence('segments of no connection', 'segments/s'),
      plain('answered by RST', incident.refused, 'segments'),
      plain('mean size', rounded(incident.bytes / Math.max(1, incident.attempts)), 'bytes'),
    ],
    against: ['A capture that begins in the middle, or holds one direction only, shows connections like this.'],
    next: [
      'Drop segments of no known connection at the firewall (conntrack state INVALID).',
      tally.looksForged
        ? 'The sources look forged, so blocking them one by one does not help: ask the provider to filter.'
        : floodNext.sources,
      floodNext.block,
    ],
    mitre: [floodMitre.direct],
  };
}
