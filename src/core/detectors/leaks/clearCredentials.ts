import type { Finding } from '../../../protocol/finding';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { Flow } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import { LimitCounter, engineLimits } from '../../limits';
import type { Detector, MessageEvent } from '../detector';
import { Incident } from '../incident';
import type { FindingWords } from '../incident';
import { IncidentTable } from '../incidentTable';
import { flowMarks } from '../flowMarks';
import { packetKinds } from '../packetKinds';
import type { Rule } from '../rule';
import { count, list } from '../words';
import { asksPassword, hasPasswordField, isAnonymous, loginOf } from './loginSigns';
import type { ClearLogin } from './loginSigns';

const ruleId = 'clear-credentials';
/** A login comes at the beginning of a session. */
const lookedAt = 48;
const longestLine = 512;
const telnetPort = 23;
const quietUs = 24 * 3600e6;

class ClearIncident extends Incident {
  constructor(
    subject: string,
    firstUs: number,
    readonly protocol: ClearLogin,
  ) {
    super(ruleId, subject, firstUs);
  }
}

/**
 * Passwords that anybody on the way can read: logins of FTP, mail and Telnet without TLS, HTTP Basic, forms. The password, the
 * user's name and the packet's text are looked at and not kept. One finding for each service.
 */
class ClearCredentialsDetector implements Detector {
  readonly packetKinds = packetKinds.tcpPayload;
  readonly packetPorts = [telnetPort];
  readonly flowMark = flowMarks.clearCredentials;
  readonly endsOfKept = true;
  readonly messageKinds = ['line-command', 'http-request', 'http-body'] as const;
  readonly limits: readonly LimitCounter[];
  readonly #logins: number;
  readonly #table: IncidentTable<ClearIncident>;
  /** Serials of flows whose server asked for a password, or whose user is anonymous. */
  readonly #asked = new Set<number>();
  readonly #anonymous = new Set<number>();
  readonly #flowLimit = new LimitCounter(`${ruleId}: sessions`, engineLimits.openUploads);

  constructor(logins: number) {
    this.#logins = logins;
    this.#table = new IncidentTable(ruleId, quietUs, (incident) => this.#words(incident));
    this.limits = [this.#table.limit, this.#flowLimit];
  }

  packet(view: PacketView, table: FlowTable): void {
    const { flow } = table;
    if (flow === null) return;
    if (flow.payloadPackets > lookedAt) {
      flow.dismiss(this.flowMark);
      return;
    }
    if (view.payloadLength === 0 || !view.tcpValid || view.payloadLength > longestLine) return;
    if ((table.events & flowEvents.retransmission) !== 0) return;
    // The client types after the server asked; each key may come in a packet of its own.
    if (!table.fromA) {
      if (asksPassword(readText(view))) this.#remember(this.#asked, flow);
    } else if (this.#asked.delete(flow.serial)) {
      this.#note('Telnet', flow, view.timeUs, view.number);
    }
  }

  message(event: MessageEvent): void {
    const { message, layer, flow } = event;
    if (message.kind === 'line-command') {
      if (isAnonymous(message)) this.#remember(this.#anonymous, flow);
      const protocol = loginOf(message);
      if (protocol === null || this.#anonymous.has(flow.serial)) return;
      this.#note(protocol, flow, event.timeUs, event.packetNumber);
      return;
    }
    if (layer !== 'http') return;
    if (message.kind === 'http-request') {
      if (message.authorization === 'basic') this.#noteHttp(event, 'HTTP Basic');
      const query = message.target.indexOf('?');
      if (query >= 0 && hasPasswordField(message.target.slice(query))) this.#noteHttp(event, 'HTTP form');
    } else if (message.kind === 'http-body' && hasPasswordField(message.text)) {
      this.#noteHttp(event, 'HTTP form');
    }
  }

  flowEnded(flow: Flow): void {
    this.#asked.delete(flow.serial);
    this.#anonymous.delete(flow.serial);
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
    this.#asked.clear();
    this.#anonymous.clear();
    this.#table.clear();
  }

  #remember(serials: Set<number>, flow: Flow): void {
    if (serials.size >= this.#flowLimit.limit) this.#flowLimit.hits++;
    else serials.add(flow.serial);
    flow.kept |= this.flowMark;
  }

  #noteHttp({ flow, fromA, timeUs, packetNumber }: MessageEvent, protocol: ClearLogin): void {
    if (fromA) this.#note(protocol, flow, timeUs, packetNumber);
  }

  #note(protocol: ClearLogin, flow: Flow, timeUs: number, packet: number): void {
    const subject = `${flow.b.text}:${flow.bPort} ${protocol}`;
    const incident = this.#table.open(subject, timeUs, () => {
      const made = new ClearIncident(subject, timeUs, protocol);
      made.addTarget(flow.b.text);
      made.addPort(flow.bPort);
      return made;
    });
    if (incident === null) return;
    incident.addSource(flow.a.text);
    incident.note(timeUs, packet, flow);
  }

  #words(incident: ClearIncident): FindingWords | null {
    if (incident.count < this.#logins) return null;
    const { protocol } = incident;
    const server = `${[...incident.targets].join(', ')}:${[...incident.ports].join(', ')}`;
    return {
      threat: 'health',
      severity: 'low',
      confidence: protocol === 'HTTP form' ? 0.8 : 0.95,
      title: `Passwords in clear to ${server} (${protocol})`,
      summary: `${count(incident.count, 'password')} of ${list(incident.sources, 3)} went to ${server} by ${protocol} without encryption.`,
      evidence: [
        {
          name: 'passwords in clear',
          observed: incident.count,
          threshold: this.#logins,
          unit: 'logins',
          window: 'until quiet for 24 h',
        },
        { name: 'protocol', observed: protocol, threshold: null, unit: '', window: null },
        { name: 'clients', observed: incident.sources.size, threshold: null, unit: 'hosts', window: null },
      ],
      against: ['It is no attack: it tells who could read along. On a link of your own it may do no harm.'],
      next: [
        'Use the encrypted kind of the service (HTTPS, FTPS or SFTP, SSH, TLS for mail).',
        'Change the passwords that were used, when somebody else can have seen the traffic, or will get this capture.',
      ],
      // Network Sniffing.
      mitre: ['T1040'],
    };
  }
}

/** As Latin-1; thrown away after the look. */
function readText({ bytes, payloadOffset, payloadLength }: PacketView): string {
  let text = '';
  for (let index = 0; index < payloadLength; index++) text += String.fromCharCode(bytes[payloadOffset + index] ?? 0);
  return text;
}

export const clearCredentialsRule: Rule<'logins'> = {
  id: ruleId,
  title: 'Passwords in clear',
  description:
    'Logins that are not encrypted: FTP, POP3, IMAP, SMTP and Telnet, HTTP Basic, and forms with a password. Neither the password nor the name of the user is kept.',
  threats: ['health'],
  mitre: ['T1040'],
  sources: [
    'nDPI doc/flow_risks.rst: clear-text credentials',
    'RFC 8314: cleartext considered obsolete; RFC 7617 section 4; RFC 4217 section 1',
  ],
  numbers: {
    logins: {
      label: 'Passwords that one service gets in clear',
      unit: 'logins',
      minimum: 1,
      maximum: 10_000,
      integer: true,
      presets: { low: 1, medium: 1, high: 1 },
      source: 'one is enough',
    },
  },
  create: (numbers) => new ClearCredentialsDetector(numbers.logins),
};
