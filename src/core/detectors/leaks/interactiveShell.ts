import type { Evidence, Finding } from '../../../protocol/finding';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { Flow } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import { LimitCounter, engineLimits } from '../../limits';
import type { Detector } from '../detector';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import { flowMarks } from '../flowMarks';
import { packetKinds } from '../packetKinds';
import type { Rule } from '../rule';
import { span } from '../words';
import { isRealName, isServicePort } from './network';
import { ShellSession } from './shellSession';

const ruleId = 'interactive-shell';
const quietUs = 3600e6;

/** Telnet, rlogin and rsh are shells by their name; that they are in clear is told as such. */
const shellPorts = new Set([22, 23, 513, 514, 2323]);

type Numbers = Readonly<Record<'points' | 'turns' | 'packets', number>>;

interface Judged {
  points: number;
  /** The acceptor drives the opener: a shell that called out. */
  reverse: boolean;
  signs: string[];
  turns: number;
  text: boolean;
}

class ShellIncident extends Incident {
  judged: Judged = { points: 0, reverse: false, signs: [], turns: 0, text: false };
}

/**
 * A shell on a connection that is none by its port or protocol: who is connected to types and who connected answers (a reverse
 * shell), prompts, commands and their output in clear. Of encrypted ones only the turns are seen.
 */
class InteractiveShellDetector implements Detector {
  readonly packetKinds = packetKinds.tcpPayload;
  readonly packetProtocols = [null, 'tls'] as const;
  readonly flowMark = flowMarks.interactiveShell;
  readonly endsOfKept = true;
  readonly limits: readonly LimitCounter[];
  readonly #numbers: Numbers;
  /** By the slot of the flow: this is asked with every packet of the flows that nobody knows. */
  readonly #sessions: (ShellSession | null)[] = [];
  #watched = 0;
  readonly #sessionLimit = new LimitCounter(`${ruleId}: connections`, engineLimits.shellSessions);
  readonly #table: IncidentTable<ShellIncident>;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
    this.#table = new IncidentTable(ruleId, quietUs, (incident) => this.#words(incident));
    this.limits = [this.#sessionLimit, this.#table.limit];
  }

  packet(view: PacketView, table: FlowTable): void {
    const { flow } = table;
    if (flow === null || view.payloadLength === 0) return;
    if (!flow.synSeen || flow.payloadPackets > this.#numbers.packets) {
      flow.dismiss(this.flowMark);
      return;
    }
    if ((table.events & flowEvents.retransmission) !== 0) return;
    const known = this.#sessionOf(flow);
    // A name that is known does not change; looking at it once is enough.
    const named = flow.serverName !== null && known?.address !== flow.serverName && this.#isNamed(flow, known);
    const session = named ? null : (known ?? this.#begin(flow));
    if (session === null) {
      flow.dismiss(this.flowMark);
      return;
    }
    session.packet(view, flow, table.fromA);
    if (flow.payloadPackets <= 2) return;
    if (session.showsSigns(this.#numbers.turns) || this.#table.size > 0) this.#judge(view, flow, session);
  }

  flowEnded(flow: Flow): void {
    if (this.#sessionOf(flow) === null) return;
    this.#sessions[flow.slot] = null;
    this.#watched--;
  }

  advance(nowUs: number): void {
    this.#table.advance(nowUs);
  }

  finish(): void {
    this.#table.finish();
  }

  collect(put: (finding: Finding) => void): void {
    this.#table.collect(put);
  }

  clear(): void {
    this.#sessions.length = 0;
    this.#watched = 0;
    this.#table.clear();
  }

  /** TLS with the name of a server. */
  #isNamed(flow: Flow, session: ShellSession | null): boolean {
    if (flow.spoken === null) return false;
    if (isRealName(flow.serverName)) return true;
    if (session !== null) session.address = flow.serverName;
    return false;
  }

  #sessionOf(flow: Flow): ShellSession | null {
    const held = this.#sessions[flow.slot] ?? null;
    return held !== null && held.flow === flow.serial ? held : null;
  }

  /** Null for flows that are none of this rule's. */
  #begin(flow: Flow): ShellSession | null {
    if (flow.payloadPackets !== 1 || shellPorts.has(flow.bPort)) return null;
    if (this.#watched >= this.#sessionLimit.limit) {
      this.#sessionLimit.hits++;
      return null;
    }
    const session = new ShellSession(flow.serial);
    while (this.#sessions.length <= flow.slot) this.#sessions.push(null);
    this.#sessions[flow.slot] = session;
    this.#watched++;
    flow.kept |= this.flowMark;
    return session;
  }

  #judge(view: PacketView, flow: Flow, session: ShellSession): void {
    const points = Math.max(
      pointsOf(session, flow, true, this.#numbers),
      pointsOf(session, flow, false, this.#numbers),
    );
    if (points < this.#numbers.points - 1 && this.#table.size === 0) return;
    const subject = `${flow.a.text}>${flow.b.text}:${flow.bPort}`;
    const known = this.#table.get(subject);
    if (points < this.#numbers.points - 1 && known === undefined) return;
    const judged = judge(session, flow, this.#numbers);
    const incident = this.#table.open(subject, view.timeUs, () => {
      const made = new ShellIncident(ruleId, subject, flow.startUs);
      made.addPort(flow.bPort);
      for (const packet of session.packets) made.note(view.timeUs, packet, null, 0);
      return made;
    });
    if (incident === null) return;
    const better = judged.points >= incident.judged.points;
    const turns = Math.max(0, judged.turns - incident.judged.turns);
    incident.note(view.timeUs, view.number, flow, incident.count === 0 ? Math.max(1, judged.turns) : turns);
    if (better) incident.judged = judged;
    if (incident.sources.size > 0) return;
    // Who types is behind it.
    incident.addSource((judged.reverse ? flow.b : flow.a).text);
    incident.addTarget((judged.reverse ? flow.a : flow.b).text);
  }

  #words(incident: ShellIncident): FindingWords | null {
    const { judged } = incident;
    if (judged.points < this.#numbers.points - 1) return null;
    const { points } = this.#numbers;
    const driver = [...incident.sources][0] ?? '';
    const shell = [...incident.targets][0] ?? '';
    const port = [...incident.ports][0] ?? 0;
    const severity = judged.points >= points + 3 && judged.text ? 'high' : judged.points >= points ? 'medium' : 'low';
    const evidence: Evidence[] = [
      { name: 'signs', observed: judged.points, threshold: points, unit: 'points', window: 'the connection' },
      { name: 'signs in words', observed: judged.signs.join(', '), threshold: null, unit: '', window: null },
      {
        name: 'commands or turns',
        observed: judged.turns,
        threshold: this.#numbers.turns,
        unit: 'turns',
        window: 'the connection',
      },
      {
        name: 'who opened the connection',
        observed: judged.reverse ? shell : driver,
        threshold: null,
        unit: '',
        window: null,
      },
    ];
    const against: string[] = [];
    if (!judged.text)
      against.push('Nothing of it can be read: a chat or a push service takes turns like this as well.');
    if (isServicePort(port)) against.push(`Port ${port} is a service's.`);
    return {
      threat: 'infiltration',
      severity,
      confidence: Math.round(Math.min(0.97, 0.3 + 0.07 * judged.points) * 100) / 100,
      title: judged.reverse
        ? `Reverse shell of ${shell} to ${driver}:${port}`
        : `Shell on ${shell}:${port}, used by ${driver}`,
      summary: `${driver} drives ${shell} over port ${port} for ${span(incident.seconds)}: ${judged.signs.join(', ')}.`,
      evidence,
      against,
      next: [
        `Find the program on ${shell} that holds the connection, and what started it.`,
        'Read the packets: they hold what was typed and answered, if it is not encrypted.',
        `Take ${shell} off the network before you change anything on it.`,
      ],
      // Command and Scripting Interpreter; Non-Standard Port; Non-Application Layer Protocol.
      mitre: ['T1059', ...(isServicePort(port) ? [] : ['T1571']), 'T1095'],
    };
  }
}

function judge(session: ShellSession, flow: Flow, numbers: Numbers): Judged {
  const reverse = judgeSide(session, flow, true, numbers);
  const bind = judgeSide(session, flow, false, numbers);
  return reverse.points >= bind.points ? reverse : bind;
}

/** As `judgeSide`, without the words: this is asked with every packet. */
function pointsOf(session: ShellSession, flow: Flow, reverse: boolean, numbers: Numbers): number {
  const shell = reverse ? session.opener : session.acceptor;
  const typist = reverse ? session.acceptor : session.opener;
  const { prompts, banners, outputs } = shell;
  const { commands } = typist;
  // Nothing can be read of most: then only the turns are left.
  if ((prompts | banners | outputs | commands) === 0 && (!reverse || typist.turns < numbers.turns)) return 0;
  let points = prompts >= 2 ? 3 : prompts;
  if (banners > 0) points += 3;
  points += Math.min(2, commands);
  if (outputs > 0) points += 2;
  if (reverse) points += turnPoints(session, numbers);
  if (points > 0 && !isServicePort(flow.bPort)) points++;
  if (points > 0 && flow.spoken === 'tls') points++;
  return points;
}

/** Any client drives its server; only a shell that called out is driven by whom it called. */
function turnPoints({ opener: shell, acceptor: typist }: ShellSession, numbers: Numbers): number {
  const { turns, answered, smallTurns } = typist;
  const driven = answered >= 0.7 * turns && smallTurns >= 0.8 * turns && turns >= 3 * shell.turns;
  if (!driven || turns < numbers.turns) return 0;
  return turns >= 1.5 * numbers.turns && shell.bytes > typist.bytes ? 3 : 2;
}

function judgeSide(session: ShellSession, flow: Flow, reverse: boolean, numbers: Numbers): Judged {
  const shell = reverse ? session.opener : session.acceptor;
  const typist = reverse ? session.acceptor : session.opener;
  const { prompts, banners, outputs } = shell;
  const { turns, commands } = typist;
  const signs: string[] = [];
  let points = 0;
  const add = (by: number, sign: string): void => {
    points += by;
    signs.push(sign);
  };
  if (prompts >= 2) add(3, `${prompts} prompts`);
  else if (prompts === 1) add(1, 'a prompt');
  if (banners > 0) add(3, 'greeting of a shell');
  if (commands >= 2) add(2, `${commands} commands`);
  else if (commands === 1) add(1, 'a command');
  if (outputs > 0) add(2, 'output of commands');
  const text = points > 0;
  const byTurns = reverse ? turnPoints(session, numbers) : 0;
  if (byTurns > 0) add(byTurns, 'the accepting side asks and the opening side answers');
  if (points > 0 && !isServicePort(flow.bPort)) add(1, 'port of no service');
  if (points > 0 && flow.spoken === 'tls') add(1, 'TLS without a name');
  return { points, reverse, signs, turns: Math.max(turns, commands), text };
}

export const interactiveShellRule: Rule<keyof Numbers> = {
  id: ruleId,
  title: 'Interactive shell',
  description:
    'A shell on a connection that is none by port or protocol: prompts, commands and output in clear, and a host that called out and is then driven by whom it called (reverse shell).',
  threats: ['infiltration'],
  mitre: ['T1059', 'T1571', 'T1095'],
  sources: [
    'Zhang, Paxson: Detecting Backdoors, USENIX Security 2000: sizes and pauses of somebody who types, on any port',
    'Zhang, Paxson: Detecting Stepping Stones, USENIX Security 2000: idle times of interactive connections',
    'Emerging Threats, attack_response rules: answers of id, prompts of Windows and Unix shells',
  ],
  numbers: {
    points: {
      label: 'Points of the signs from which on a finding is of medium severity',
      unit: 'points',
      minimum: 2,
      maximum: 12,
      integer: true,
      presets: { low: 6, medium: 5, high: 4 },
      source: 'own choice: two kinds of signs, or one that is plain on a port of no service',
    },
    turns: {
      label: 'Turns that the accepting side begins, to be a sign by themselves',
      unit: 'turns',
      minimum: 2,
      maximum: 100,
      integer: true,
      presets: { low: 6, medium: 4, high: 3 },
      source: 'own choice: servers speak first once (a greeting) or now and then (a push), not before each answer',
    },
    packets: {
      label: 'Packets with data at the beginning of a connection that are looked at',
      unit: 'packets',
      minimum: 20,
      maximum: 100_000,
      integer: true,
      presets: { low: 400, medium: 400, high: 2000 },
      source: 'own choice: some dozens of commands with their answers',
    },
  },
  create: (numbers) => new InteractiveShellDetector(numbers),
};
