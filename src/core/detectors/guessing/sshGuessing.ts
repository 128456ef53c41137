import type { Finding } from '../../../protocol/finding';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { Flow } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector, MessageEvent } from '../detector';
import { flowMarks } from '../flowMarks';
import { packetKinds } from '../packetKinds';
import type { Rule } from '../rule';
import { GuessWatch, guessNumbers } from './guessWatch';
import type { GuessKey } from './guessWatch';
import { SshLogin } from './sshLogin';

const ruleId = 'ssh-guessing';

/** Packets with data that a connection begins with before its keys are new: banners, methods, one or two exchanges, a few in pieces. */
const exchangePackets = 16;

/** Password guessing at SSH, although it is encrypted: failures have a length of their own. */
export const sshGuessing: Rule<GuessKey> = {
  id: ruleId,
  title: 'SSH login guessing',
  description:
    'Logins to an SSH server that fail, known by the lengths of the encrypted replies, more of them from one source, or from ' +
    'several together, than a person who mistypes.',
  threats: ['brute-force'],
  mitre: ['T1110.001'],
  sources: [
    'Zeek, protocols/ssh/detect-bruteforcing.zeek and the lengths in its SSH analyzer',
    'CrowdSec, scenarios/crowdsecurity/ssh-bf.yaml',
    'RFC 4252 sections 5.1 and 5.2',
  ],
  numbers: guessNumbers,
  create: (numbers) => new SshGuessingDetector(numbers),
};

class SshGuessingDetector implements Detector {
  readonly packetKinds = packetKinds.tcpPayload | packetKinds.tcpBare;
  readonly packetProtocols = ['ssh'] as const;
  readonly messageKinds = ['ssh-new-keys'] as const;
  readonly flowMark = flowMarks.sshGuessing;
  readonly endsOfKept = true;
  readonly limits: readonly LimitCounter[];
  readonly #watch: GuessWatch;
  readonly #logins: BoundedTable<number, SshLogin>;

  constructor(numbers: Readonly<Record<GuessKey, number>>) {
    this.#watch = new GuessWatch(ruleId, numbers, () => ({
      service: 'SSH',
      sign: 'encrypted replies that all have the length of a failure',
      against: ['The content is encrypted: lengths and order alone say that the logins failed.'],
    }));
    const limit = new LimitCounter(`${ruleId}: logins in progress`, engineLimits.guessLogins);
    this.#logins = new BoundedTable(limit, () => new SshLogin());
    this.limits = [...this.#watch.limits, limit];
  }

  message({ message, flow, fromA, packetNumber }: MessageEvent): void {
    if (message.kind !== 'ssh-new-keys') return;
    const login = this.#logins.use(flow.serial);
    flow.kept |= this.flowMark;
    if (fromA) login.keysFromClient = packetNumber;
    else login.keysFromServer = packetNumber;
  }

  packet(view: PacketView, table: FlowTable): void {
    const { flow } = table;
    if (flow?.spoken !== 'ssh' || !view.tcpValid) return;
    const isCut = view.payloadLength < view.payloadWireLength;
    if (isCut && !table.fromA && flow.payloadPackets <= exchangePackets) this.#cut(flow, view.number);
    const login = this.#logins.get(flow.serial);
    if (login === undefined) return;
    if (view.payloadWireLength > 0 && (table.events & flowEvents.retransmission) === 0) {
      const step = login.segment(table.fromA, view.payloadWireLength, view.number);
      // The first failure can be that of asking which methods there are.
      if (step === 'failed' && login.failures > 1) this.#watch.failed(view.timeUs, view.number, flow);
      if (step === 'succeeded') {
        this.#watch.succeeded(view.timeUs, view.number, flow);
        // The first failure can be that of asking.
        flow.login = login.failures > 1 ? 'failed' : 'worked';
      }
      if (step === 'succeeded' || step === 'over') this.#logins.delete(flow.serial);
    }
    if (isOver(flow)) this.#end(login, flow, view.timeUs, view.number);
  }

  flowEnded(flow: Flow): void {
    const login = this.#logins.get(flow.serial);
    if (login !== undefined) this.#end(login, flow, flow.endUs, flow.firstPacket);
  }

  advance(nowUs: number): void {
    this.#watch.advance(nowUs);
  }

  finish(): void {
    this.#watch.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#watch.collect(put);
  }

  clear(): void {
    this.#watch.clear();
    this.#logins.clear();
  }

  /** The server's new keys come behind its part of the key exchange, in the same segment: when that was cut, they came unseen. */
  #cut(flow: Flow, packet: number): void {
    const login = this.#logins.use(flow.serial);
    flow.kept |= this.flowMark;
    if (login.keysFromClient === 0) login.keysFromServer = packet;
  }

  /** Some tools try one password for each connection, without asking first. */
  #end(login: SshLogin, flow: Flow, timeUs: number, packet: number): void {
    if (!this.#logins.delete(flow.serial)) return;
    if (login.failures === 1) this.#watch.failed(timeUs, packet, flow);
  }
}

function isOver({ state }: Flow): boolean {
  return state === 'closing' || state === 'closed' || state === 'reset';
}
