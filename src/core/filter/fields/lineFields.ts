import type { ProtocolName } from '../../decode/protocols';
import { indexOfByte, printableText } from '../../decode/text';
import type { FilterField } from '../filterField';
import type { Message } from '../filterSubject';
import { MessageFields } from './define';

interface Line {
  toServer: boolean;
  /** First word and what follows it. */
  word: string;
  rest: string;
  code: number | null;
}

const maxLines = 64;
const maxLine = 2048;

/** Lines of a message of a protocol of text; `ended` says that lines without an end do not count. */
function lines({ bytes, start, end, toServer }: Message): Line[] {
  const found: Line[] = [];
  for (let at = start; at < end && found.length < maxLines;) {
    const feed = indexOfByte(bytes, 0x0a, at, end);
    const stop = feed < 0 ? end : feed;
    const lineEnd = stop > at && bytes[stop - 1] === 0x0d ? stop - 1 : stop;
    const text = printableText(bytes, at, lineEnd, maxLine);
    const blank = text.search(/[ -]/);
    const code = /^[0-9]{3}(?=[ -]|$)/.exec(text);
    const cut = code !== null && !toServer ? 3 : text.indexOf(' ') < 0 ? text.length : text.indexOf(' ');
    found.push({
      toServer,
      word: text.slice(0, cut),
      rest: blank < 0 && cut >= text.length ? '' : text.slice(cut + 1),
      code: code === null || toServer ? null : Number(code[0]),
    });
    at = stop + 1;
  }
  return found;
}

const first = (found: Line[], toServer: boolean): Line | null => {
  const [line] = found;
  return line?.toServer === toServer ? line : null;
};

const reader = (protocol: ProtocolName): MessageFields<Line[]> => new MessageFields<Line[]>([protocol], lines);

const ftp = reader('ftp');
const smtp = reader('smtp');
const pop = reader('pop');
const imap = reader('imap');

const nonEmpty = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

export const lineFields: readonly FilterField[] = [
  ftp.flag('ftp.request', 'True for commands of a client, false for replies', ([line]) => line?.toServer ?? null),
  ftp.texts('ftp.request.command', 'Command', (found) => first(found, true)?.word ?? null),
  ftp.texts('ftp.request.arg', 'What follows the command', (found) => nonEmpty(first(found, true)?.rest)),
  ftp.flag('ftp.response', 'True for replies of a server, false for commands', ([line]) =>
    line === undefined ? null : !line.toServer,
  ),
  ftp.numbers('ftp.response.code', 'Code of the reply', (found) => first(found, false)?.code ?? null),
  ftp.texts('ftp.response.arg', 'Text of the reply', (found) => {
    const line = first(found, false);
    return line === null ? null : nonEmpty(line.code === null ? `${line.word} ${line.rest}`.trim() : line.rest);
  }),
  smtp.texts('smtp.req.command', 'Command', (found) => commandsOf(found).map(({ word }) => word.slice(0, 4))),
  smtp.texts('smtp.req.parameter', 'What follows the command', (found) =>
    commandsOf(found).map(({ rest }) => nonEmpty(rest)),
  ),
  smtp.numbers('smtp.response.code', 'Code of the reply', (found) => [
    ...new Set(found.filter(({ toServer }) => !toServer).map(({ code }) => code)),
  ]),
  smtp.texts('smtp.rsp.parameter', 'Text of the reply', (found) =>
    found.filter(({ toServer, code }) => !toServer && code !== null).map(({ rest }) => nonEmpty(rest)),
  ),
  pop.texts('pop.request.command', 'Command', (found) => first(found, true)?.word ?? null),
  pop.texts('pop.request.parameter', 'What follows the command', (found) => nonEmpty(first(found, true)?.rest)),
  pop.texts('pop.response.indicator', 'First word of the reply: +OK or -ERR', (found) => {
    const word = first(found, false)?.word;
    return word === '+OK' || word === '-ERR' ? word : null;
  }),
  imap.texts('imap.request.command', 'Command', (found) => nonEmpty(first(found, true)?.rest.split(' ')[0])),
  imap.texts('imap.request_tag', 'Tag of a command', (found) => first(found, true)?.word ?? null),
];

const smtpCommands = /^(HELO|EHLO|MAIL|RCPT|DATA|RSET|VRFY|EXPN|NOOP|QUIT|AUTH|STARTTLS|BDAT|HELP)$/i;

/** Lines of a mail or of an answer to a challenge are no commands: what follows the first such line is none either. */
function commandsOf(found: Line[]): Line[] {
  const other = found.findIndex(({ toServer, word }) => !toServer || !smtpCommands.test(word));
  return other < 0 ? found : found.slice(0, other);
}
