import type { ProtocolCount } from '../../protocol/capture';
import type { ProtocolName } from '../decode/protocols';

/** Nestings counted apart; input can make as many as it likes, real traffic has some dozen. */
const maxNestings = 2048;

/** One way in which protocols were nested, from the outermost on: a node of a tree, its children one protocol deeper. */
interface Nesting {
  readonly protocol: string;
  readonly outer: Nesting | null;
  packets: number;
  bytes: number;
  readonly children: Nesting[];
}

/** A protocol where it was nested, with all that is inside of it. */
export interface NestingRow {
  /** From the outermost protocol to this one. */
  path: string[];
  packets: number;
  bytes: number;
  /** Packets with nothing more inside. */
  endPackets: number;
}

interface Counter {
  packets: number;
  bytes: number;
}

/**
 * Packets and bytes by protocol: a packet counts once for every protocol that it holds, however often nested. Most packets
 * are nested like one of a few before, so each adds to one node of a tree; the tree is added up when somebody looks.
 */
export class ProtocolCounts {
  readonly #root: Nesting = { protocol: '', outer: null, packets: 0, bytes: 0, children: [] };
  /** Layers of the packet before, and behind the root the node of each: most packets differ from it in little. */
  readonly #lastLayers: string[] = [];
  readonly #lastNodes: Nesting[] = [this.#root];
  #nestings = 0;
  /** Of packets for which the tree had no room. */
  readonly #others = new Map<string, Counter>();

  /** @param quoted protocols of the packet that an ICMP error quotes; tshark counts them too */
  add(layers: readonly ProtocolName[], quoted: readonly ProtocolName[], bytes: number): void {
    const lastLayers = this.#lastLayers;
    const lastNodes = this.#lastNodes;
    const known = Math.min(layers.length, lastLayers.length);
    let depth = 0;
    while (depth < known && layers[depth] === lastLayers[depth]) depth++;
    let node: Nesting | null = lastNodes[depth] ?? this.#root;
    if (depth < layers.length) {
      while (lastLayers.length > depth) {
        lastLayers.pop();
        lastNodes.pop();
      }
      for (let i = depth; i < layers.length; i++) {
        const layer = layers[i] ?? '';
        node = this.#inner(node, layer);
        if (node === null) break;
        lastLayers.push(layer);
        lastNodes.push(node);
      }
    }
    for (let i = 0; i < quoted.length && node !== null; i++) node = this.#inner(node, quoted[i] ?? '');
    if (node === null) {
      countEach(this.#others, [...layers, ...quoted], 1, bytes);
      return;
    }
    node.packets++;
    node.bytes += bytes;
  }

  /** Most packets first, equal ones by name. */
  rows(): ProtocolCount[] {
    const counters = new Map<string, Counter>();
    for (const [protocol, counter] of this.#others) counters.set(protocol, { ...counter });
    const waiting: Nesting[] = [this.#root];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      waiting.push(...node.children);
      if (node.packets > 0) countEach(counters, protocolsOf(node), node.packets, node.bytes);
    }
    return [...counters]
      .map(([protocol, { packets, bytes }]) => ({ protocol, packets, bytes }))
      .sort((x, y) => y.packets - x.packets || (x.protocol < y.protocol ? -1 : 1));
  }

  /** The tree from its top, at each place most packets first; what it had no room for is not in it. */
  nestings(): NestingRow[] {
    return this.#root.children
      .map((child) => rowsOf(child, [child.protocol]))
      .sort(mostPackets)
      .flat();
  }

  /** The node for `protocol` within `node`; null when there is no room for another one. */
  #inner(node: Nesting, protocol: string): Nesting | null {
    const { children } = node;
    for (let i = 0; i < children.length; i++) {
      const child = children[i];
      if (child?.protocol === protocol) return child;
    }
    if (this.#nestings >= maxNestings) return null;
    this.#nestings++;
    const made: Nesting = { protocol, outer: node, packets: 0, bytes: 0, children: [] };
    children.push(made);
    return made;
  }
}

const mostPackets = (x: readonly NestingRow[], y: readonly NestingRow[]): number =>
  (y[0]?.packets ?? 0) - (x[0]?.packets ?? 0);

/** The row of a node, and behind it those of what is inside. */
function rowsOf(node: Nesting, path: string[]): NestingRow[] {
  const inner = node.children.map((child) => rowsOf(child, [...path, child.protocol])).sort(mostPackets);
  const row: NestingRow = { path, packets: node.packets, bytes: node.bytes, endPackets: node.packets };
  for (const [first] of inner) {
    row.packets += first?.packets ?? 0;
    row.bytes += first?.bytes ?? 0;
  }
  return [row, ...inner.flat()];
}

function protocolsOf(nesting: Nesting): string[] {
  const protocols: string[] = [];
  for (let at: Nesting | null = nesting; at !== null && at.outer !== null; at = at.outer) protocols.push(at.protocol);
  return protocols;
}

function countEach(counters: Map<string, Counter>, protocols: readonly string[], packets: number, bytes: number): void {
  for (const protocol of new Set(protocols)) {
    const counter = counters.get(protocol);
    if (counter === undefined) {
      counters.set(protocol, { packets, bytes });
    } else {
      counter.packets += packets;
      counter.bytes += bytes;
    }
  }
}
