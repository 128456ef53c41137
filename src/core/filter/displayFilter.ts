import type { PacketView } from '../decode/packetView';
import type { RawPacket } from '../pcap/rawPacket';
import { FilterError } from './filterError';
import { FilterSubject } from './filterSubject';
import type { PlainPiece } from '../follow/plainReader';
import type { FilterNode } from './filterTree';
import { parseFilterTree } from './filterTree';
import type { FilterTest } from './filterRelations';
import { compileMembership, compileRelation } from './filterRelations';
import { asSource, Needs } from './operands';
import { PacketTracker } from './packetTracker';
import { holdsProtocol } from './protocolBytes';

/** True when the packet matches. `view` is that of the packet, decoded; nothing of both is kept. Never throws. */
export type CompiledFilter = (view: PacketView, packet: RawPacket) => boolean;

export interface FilterOptions {
  /** Time that `frame.time_relative` counts from, seconds since 1970; when not given, that of the first packet asked about. */
  firstTimeSeconds?: number;
  /** What a packet holds inside TLS, by its number; nothing is decrypted when not given. */
  plain?: (number: number) => readonly PlainPiece[];
}

/** What is wrong with a filter: `position` to `end` are the characters that the message is about. */
export interface FilterFault {
  message: string;
  position: number;
  end: number;
}

export type Compilation =
  | {
      ok: true;
      matches: CompiledFilter;
      /** True when the filter knows a packet by those before it: it has to be asked about all of them, from the first on, in order. */
      ordered: boolean;
    }
  | ({ ok: false } & FilterFault);

const maxTests = 512;
const maxSetMembers = 256;

/**
 * Compiles a display filter in a subset of Wireshark's language (wireshark-filter(4); docs/display-filter.md describes it,
 * grammar.peggy has its grammar). An empty filter matches every packet.
 */
export function compileFilter(text: string, options: FilterOptions = {}): Compilation {
  try {
    const tree = parseFilterTree(text);
    const compiler = new FilterCompiler();
    const test: FilterTest = tree === null ? () => true : compiler.compile(tree);
    const { needs } = compiler;
    const tracker = needs.tracked
      ? new PacketTracker(needs.messages, needs.conversation, needs.naming, options.plain)
      : null;
    return { ok: true, matches: bind(test, tracker, options.firstTimeSeconds ?? null), ordered: needs.ordered };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const position = Math.min(error.position, text.length);
    return { ok: false, message: error.message, position, end: Math.min(Math.max(error.end, position), text.length) };
  }
}

function bind(test: FilterTest, tracker: PacketTracker | null, firstTimeSeconds: number | null): CompiledFilter {
  const subject = new FilterSubject(tracker);
  if (firstTimeSeconds !== null) subject.firstTimeSeconds = firstTimeSeconds;
  return (view, packet) => {
    subject.next(view, packet);
    return test(subject);
  };
}

/** Makes one closure of a tree; counts what makes it large. */
class FilterCompiler {
  readonly needs = new Needs();
  #tests = 0;

  compile(node: FilterNode): FilterTest {
    switch (node.kind) {
      case 'or':
        return joined(this.#parts(node.parts), true);
      case 'and':
        return joined(this.#parts(node.parts), false);
      case 'xor': {
        const parts = this.#parts(node.parts);
        return (subject) => parts.reduce((odd, part) => odd !== part(subject), false);
      }
      case 'not': {
        const part = this.compile(node.part);
        return (subject) => !part(subject);
      }
      case 'exists':
        return this.#exists(node);
      case 'relation':
        return this.#relation(node);
      case 'member':
        return this.#member(node);
    }
  }

  #parts(nodes: readonly FilterNode[]): FilterTest[] {
    return nodes.map((node) => this.compile(node));
  }

  #count(start: number, end: number): void {
    if (++this.#tests > maxTests) throw new FilterError('The filter has too many tests.', start, end);
  }

  #exists({ operand }: Extract<FilterNode, { kind: 'exists' }>): FilterTest {
    this.#count(operand.start, operand.end);
    const { read, protocol } = asSource(operand, this.needs, false);
    if (protocol !== null) return (subject) => holdsProtocol(subject, protocol);
    if (operand.kind === 'mask' && read.of === 'number') return (subject) => read.some(subject, (value) => value !== 0);
    return (subject) => read.some(subject, () => true);
  }

  #relation(node: Extract<FilterNode, { kind: 'relation' }>): FilterTest {
    const { left, right, relation, quantifier } = node;
    this.#count(left.start, left.end);
    return compileRelation(asSource(left, this.needs), left, relation, right, quantifier, this.needs);
  }

  #member(node: Extract<FilterNode, { kind: 'member' }>): FilterTest {
    const { left, members, quantifier, negated } = node;
    this.#count(left.start, left.end);
    const tooMany = members[maxSetMembers];
    if (tooMany !== undefined) throw new FilterError('The set is too large.', tooMany.low.start, tooMany.low.end);
    const test = compileMembership(asSource(left, this.needs), members, quantifier);
    return negated ? (subject) => !test(subject) : test;
  }
}

/** Of two parts without a loop, as most filters have. */
function joined(parts: FilterTest[], any: boolean): FilterTest {
  const [first, second] = parts;
  if (first !== undefined && second !== undefined && parts.length === 2) {
    return any ? (subject) => first(subject) || second(subject) : (subject) => first(subject) && second(subject);
  }
  return any ? (subject) => parts.some((part) => part(subject)) : (subject) => parts.every((part) => part(subject));
}
