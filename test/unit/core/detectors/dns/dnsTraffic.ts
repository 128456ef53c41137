import { dnsMessage, udpFrame } from '../../../../support/packets';
import type { Timed } from '../traffic';

type Question = Parameters<typeof dnsMessage>[0]['questions'][number];
type Answer = NonNullable<Parameters<typeof dnsMessage>[0]['answers']>[number];

export interface Lookup {
  at: number;
  name: string;
  type?: Question['type'];
  answers?: Omit<Answer, 'name'>[];
  /** 3 for a name that does not exist. */
  code?: number;
  client?: string;
  server?: string;
  id?: number;
  port?: number;
}

/** A query and its answer, 5 ms later. */
export function lookup(options: Lookup): Timed[] {
  return [query(options), answer(options, options.at + 0.005)];
}

export function query({
  at,
  name,
  type = 'A',
  client = '10.0.0.21',
  server = '10.0.0.53',
  id = 7,
  port,
}: Lookup): Timed {
  const ends = { source: client, destination: server, sourcePort: port ?? 20000 + (id % 40000), destinationPort: 53 };
  return [at, udpFrame(ends, dnsMessage({ id, questions: [{ name, type }] }))];
}

export function answer(options: Lookup, at: number): Timed {
  const {
    name,
    type = 'A',
    answers = [],
    code = 0,
    client = '10.0.0.21',
    server = '10.0.0.53',
    id = 7,
    port,
  } = options;
  const ends = { source: server, destination: client, sourcePort: 53, destinationPort: port ?? 20000 + (id % 40000) };
  const records = answers.map((each) => ({ ...each, name }));
  const message = dnsMessage({ id, response: true, responseCode: code, questions: [{ name, type }], answers: records });
  return [at, udpFrame(ends, message)];
}

/** Text of `length` characters out of `alphabet`. */
export function randomText(next: () => number, length: number, alphabet: string): string {
  let text = '';
  for (let index = 0; index < length; index++) text += alphabet.charAt(Math.floor(next() * alphabet.length));
  return text;
}

export const hexadecimal = '0123456789abcdef';
export const base32 = 'abcdefghijklmnopqrstuvwxyz234567';
