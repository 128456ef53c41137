import type { Finding } from '../../../protocol/finding';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { Flow } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import { flowMarks } from '../flowMarks';
import { packetKinds } from '../packetKinds';
import type { Detector } from '../detector';
import type { Rule } from '../rule';
import { SlidingCount } from '../slidingCount';
import { GuessWatch, guessNumbers } from './guessWatch';
import type { GuessKey } from './guessWatch';
import { EncryptedTurns, LateRefusals } from './lateRefusals';

const ruleId = 'session-guessing';

/** Services with a login behind TLS, by port: FTPS, mail, LDAPS, RDP, WinRM, VNC over TLS. */
const loginPorts = new Map<number, string>([
  [465, 'SMTP'],
  [587, 'SMTP'],
  [25, 'SMTP'],
  [636, 'LDAP'],
  [990, 'FTP'],
  [21, 'FTP'],
  [993, 'IMAP'],
  [143, 'IMAP'],
  [995, 'POP3'],
  [110, 'POP3'],
  [3389, 'RDP'],
  [5986, 'WinRM'],
]);
/** A login that fails takes a handshake, a few messages and a delay of the server. */
const shortUs = 15e6;
const fewBytes = 16_384;
/** Sizes within a tenth of the newest ones are alike: passwords differ in length, and nothing else. */
const alikePart = 0.1;
const alikeBytes = 64;
/** So many alike in a minute, some of them at the same time, are no mail program and no check. */
const alikeSessions = 8;
const alikeWindowUs = 60e6;
const overlaps = 3;
/** One after the other they are a check, unless their sizes differ as passwords do. */
const variedSizes = 5;
const mostSizes = 16;

/** Guessing at services whose logins are encrypted, by the shape of many short sessions that are all alike. */
export const sessionGuessing: Rule<GuessKey> = {
  id: ruleId,
  title: 'Encrypted login guessing',
  description:
    'Many short sessions of one source with a service that asks for a login behind TLS (RDP, mail, FTP, LDAP), all of about the ' +
    'same size, several at a time or each a little longer or shorter; or one session with many questions that are all refused alike.',
  threats: ['brute-force'],
  mitre: ['T1110.001'],
  sources: [
    'Hellemons et al.: SSHCure: A Flow-Based SSH Intrusion Detection System, AIMS 2012: sessions that are all alike',
    'Slips, docs/brute_force_detector.md: repeated handshakes count as attempts when nothing else is known',
  ],
  numbers: guessNumbers,
  create: (numbers) => new SessionGuessingDetector(numbers),
};

/** Sessions of one source with one service. */
interface Sessions {
  open: number;
  overlapped: number;
  readonly alike: SlidingCount;
  clientBytes: number;
  serverBytes: number;
  /** Those that did not count yet. */
  pending: number;
  /** Of the clients' part of those that are alike. */
  readonly sizes: Set<number>;
  readonly refusals: LateRefusals;
}

interface Running {
  /** Made with the first segment after the handshake. */
  turns: EncryptedTurns | null;
  late: boolean;
}

class SessionGuessingDetector implements Detector {
  readonly packetKinds = packetKinds.tcpPayload | packetKinds.tcpBare;
  readonly packetPorts = loginPorts.keys();
  readonly flowMark = flowMarks.sessionGuessing;
  readonly endsOfKept = true;
  readonly limits: readonly LimitCounter[];
  readonly #watch: GuessWatch;
  readonly #sessions: BoundedTable<string, Sessions>;
  readonly #running: BoundedTable<number, Running>;

  constructor(numbers: Readonly<Record<GuessKey, number>>) {
    this.#watch = new GuessWatch(ruleId, numbers, (incident) => ({
      service: loginPorts.get(incident.port) ?? 'TLS',
      sign: 'encrypted sessions of about the same size, or answers in one that are all alike and late',
      against: ['The content is encrypted: the shape of the sessions alone says that they are logins that failed.'],
    }));
    const limit = new LimitCounter(`${ruleId}: sources and services`, engineLimits.guessLogins);
    const runningLimit = new LimitCounter(`${ruleId}: sessions`, engineLimits.guessLogins);
    this.#sessions = new BoundedTable<string, Sessions>(limit, () => ({
      open: 0,
      overlapped: 0,
      alike: new SlidingCount(alikeWindowUs),
      clientBytes: 0,
      serverBytes: 0,
      pending: 0,
      sizes: new Set(),
      refusals: new LateRefusals(),
    }));
    this.#running = new BoundedTable<number, Running>(runningLimit, () => ({ turns: null, late: false }));
    this.limits = [...this.#watch.limits, limit, runningLimit];
  }

  packet(view: PacketView, table: FlowTable): void {
    const { flow, events } = table;
    if (flow === null) return;
    const established = (events & flowEvents.established) !== 0;
    if (!established && flow.state === 'established') {
      this.#turn(view, table, flow);
    } else if (established) {
      const sessions = this.#sessions.use(keyOf(flow));
      if (sessions.open > 0) sessions.overlapped++;
      sessions.open++;
      this.#running.use(flow.serial);
      flow.kept |= this.flowMark;
    } else {
      this.#over(flow, view.timeUs, view.number);
    }
  }

  flowEnded(flow: Flow): void {
    this.#over(flow, flow.endUs, flow.firstPacket);
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
    this.#sessions.clear();
    this.#running.clear();
  }

  /** A segment in the middle of a session. */
  #turn(view: PacketView, { fromA, events }: FlowTable, flow: Flow): void {
    const bytes = view.payloadWireLength;
    if (bytes === 0 || (events & flowEvents.retransmission) !== 0 || !isEncrypted(flow)) return;
    const running = this.#running.get(flow.serial);
    if (running === undefined) return;
    const turns = (running.turns ??= new EncryptedTurns());
    const roundTripUs = flow.tcpHandshakeMs > 0 ? 1000 * flow.tcpHandshakeMs : 0;
    if (!turns.segment(fromA, bytes, view.timeUs, roundTripUs)) return;
    this.#refused(running, turns, flow, view.timeUs, view.number);
    turns.next(bytes, view.timeUs);
  }

  #refused(running: Running, turns: EncryptedTurns, flow: Flow, timeUs: number, packet: number): void {
    running.late = true;
    const more = this.#sessions.get(keyOf(flow))?.refusals.add(turns, timeUs) ?? 0;
    if (more > 0) this.#watch.failed(timeUs, packet, flow, more);
  }

  #over(flow: Flow, timeUs: number, packet: number): void {
    const running = this.#running.get(flow.serial);
    if (running === undefined) return;
    this.#running.delete(flow.serial);
    const { turns } = running;
    if (turns?.late === true && turns.answered > 0) this.#refused(running, turns, flow, timeUs, packet);
    const sessions = this.#sessions.get(keyOf(flow));
    if (sessions === undefined) return;
    sessions.open = Math.max(0, sessions.open - 1);
    const { payloadBytesAToB: client, payloadBytesBToA: server } = flow;
    const short = timeUs - flow.startUs <= shortUs && client > 0 && server > 0 && client + server <= fewBytes;
    // Those were counted one by one.
    if (!isEncrypted(flow) || !short || (running.late && sessions.refusals.telling)) return;
    const alike = isAlike(client, sessions.clientBytes) && isAlike(server, sessions.serverBytes);
    sessions.clientBytes = client;
    sessions.serverBytes = server;
    if (!alike) {
      sessions.pending = 0;
      sessions.sizes.clear();
    }
    sessions.pending++;
    if (sessions.sizes.size < mostSizes) sessions.sizes.add(client);
    const recent = sessions.alike.add(timeUs, alike ? 1 : 0);
    if (recent < alikeSessions - 1) return;
    if (sessions.overlapped < overlaps && sessions.sizes.size < variedSizes) return;
    this.#watch.failed(timeUs, packet, flow, sessions.pending);
    sessions.pending = 0;
  }
}

function isEncrypted({ spoken }: Flow): boolean {
  return spoken === 'tls' || spoken === 'rdp';
}

function keyOf(flow: Flow): string {
  return `${flow.a.id}>${flow.b.id}:${flow.bPort}`;
}

function isAlike(x: number, y: number): boolean {
  return Math.abs(x - y) <= Math.max(alikeBytes, alikePart * y);
}
