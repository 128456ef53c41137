import type { Finding } from '../../../protocol/finding';
import type { LineCommand, LineReply } from '../../decode/lineProtocols';
import type { Flow } from '../../flows/flow';
import { LimitCounter, engineLimits } from '../../limits';
import { BoundedTable } from '../boundedTable';
import type { Detector, MessageEvent } from '../detector';
import { flowMarks } from '../flowMarks';
import type { Rule } from '../rule';
import { GuessWatch, guessNumbers } from './guessWatch';
import type { GuessIncident, GuessKey, GuessWords } from './guessWatch';

const ruleId = 'login-guessing';

const names = { ftp: 'FTP', smtp: 'SMTP', imap: 'IMAP', pop: 'POP3' } as const;
const signs = {
  ftp: 'reply 530 to PASS (RFC 959 section 4.2)',
  smtp: 'reply 535 to AUTH (RFC 4954 section 6)',
  imap: 'NO to LOGIN or AUTHENTICATE (RFC 9051 section 6.2)',
  pop: '-ERR to PASS, APOP or AUTH (RFC 1939 section 7, RFC 5034)',
} as const;

/** Password guessing at FTP and mail servers in clear. */
export const lineGuessing: Rule<GuessKey> = {
  id: ruleId,
  title: 'FTP and mail login guessing',
  description:
    'Logins to FTP, SMTP, IMAP and POP3 servers that the server refuses, more of them from one source, or from several ' +
    'together, than a person who mistypes.',
  threats: ['brute-force'],
  mitre: ['T1110.001'],
  sources: [
    'Zeek, protocols/ftp/detect-bruteforcing.zeek',
    'fail2ban, jail.conf',
    'RFC 959, RFC 4954, RFC 9051, RFC 1939: replies to a wrong password',
  ],
  numbers: guessNumbers,
  create: (numbers) => new LineGuessingDetector(numbers),
};

/** The newest command with a password that was not answered. */
interface Login {
  verb: string;
  tag: string;
}

const loginVerbs = new Set(['PASS', 'LOGIN', 'AUTH', 'AUTHENTICATE', 'AUTH-RESPONSE', 'APOP']);

class LineGuessingDetector implements Detector {
  readonly messageKinds = ['line-command', 'line-reply'] as const;
  readonly flowMark = flowMarks.lineGuessing;
  readonly endsOfKept = true;
  readonly limits: readonly LimitCounter[];
  readonly #watch: GuessWatch;
  readonly #logins: BoundedTable<number, Login>;
  /** Protocol of each service, for the words; as bounded as the services. */
  readonly #protocols = new Map<string, LineReply['protocol']>();

  constructor(numbers: Readonly<Record<GuessKey, number>>) {
    this.#watch = new GuessWatch(ruleId, numbers, (incident) => this.#words(incident));
    const limit = new LimitCounter(`${ruleId}: logins in progress`, engineLimits.guessLogins);
    this.#logins = new BoundedTable(limit, () => ({ verb: '', tag: '' }));
    this.limits = [...this.#watch.limits, limit];
  }

  message(event: MessageEvent): void {
    const { message, flow, fromA } = event;
    if (message.kind === 'line-command' && fromA) this.#command(message, flow);
    else if (message.kind === 'line-reply' && !fromA) this.#reply(message, event);
  }

  flowEnded(flow: Flow): void {
    this.#logins.delete(flow.serial);
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
    this.#protocols.clear();
  }

  #command({ verb, tag }: LineCommand, flow: Flow): void {
    // What comes right behind a password, before its reply, makes that no other's.
    if (!loginVerbs.has(verb)) return;
    flow.kept |= this.flowMark;
    const login = this.#logins.use(flow.serial);
    login.verb = verb;
    login.tag = tag;
  }

  #reply(reply: LineReply, { flow, timeUs, packetNumber }: MessageEvent): void {
    const login = this.#logins.get(flow.serial);
    if (login === undefined || login.tag !== reply.tag) return;
    const verdict = verdictOf(reply);
    if (verdict === 'none') return;
    this.#logins.delete(flow.serial);
    const service = `${flow.b.text}:${flow.bPort}`;
    if (this.#protocols.size < engineLimits.guessServices) this.#protocols.set(service, reply.protocol);
    if (verdict === 'failed') {
      this.#watch.failed(timeUs, packetNumber, flow);
      flow.login = 'failed';
    } else {
      this.#watch.succeeded(timeUs, packetNumber, flow);
      flow.login ??= 'worked';
    }
  }

  #words(incident: GuessIncident): GuessWords {
    const protocol = this.#protocols.get(incident.subject) ?? 'ftp';
    return { service: names[protocol], sign: signs[protocol], against: [] };
  }
}

function verdictOf({ protocol, code, status }: LineReply): 'failed' | 'succeeded' | 'none' {
  switch (protocol) {
    case 'ftp':
      return code === 530 ? 'failed' : code === 230 ? 'succeeded' : 'none';
    case 'smtp':
      return code === 535 ? 'failed' : code === 235 ? 'succeeded' : 'none';
    case 'imap':
      return status === 'NO' ? 'failed' : status === 'OK' ? 'succeeded' : 'none';
    case 'pop':
      return status === 'ERR' ? 'failed' : 'succeeded';
  }
}
