import type { Finding } from '../../../protocol/finding';
import { uint32, uint8 } from '../../bytes/integers';
import type { PacketView } from '../../decode/packetView';
import { flowEvents } from '../../flows/flow';
import type { FlowTable } from '../../flows/flowTable';
import type { LimitCounter } from '../../limits';
import { packetKinds } from '../packetKinds';
import type { Detector } from '../detector';
import type { Rule } from '../rule';
import { GuessWatch, guessNumbers } from './guessWatch';
import type { GuessKey } from './guessWatch';

const ruleId = 'smb-guessing';

/** Behind the four bytes of the NetBIOS session header (RFC 1002 section 4.3.1). */
const headerOffset = 4;
const smb2Magic = 0xfe534d42;
const smb1Magic = 0xff534d42;
/** SESSION_SETUP of SMB2 ([MS-SMB2] 2.2.1) and SMB1 ([MS-CIFS] 2.2.2.1). */
const sessionSetup2 = 0x01;
const sessionSetup1 = 0x73;

/** Statuses of a login that failed ([MS-ERREF] 2.3.1): wrong name or password, locked, disabled or expired account. */
const failures = new Set([0xc000006a, 0xc000006d, 0xc0000064, 0xc000006e, 0xc0000072, 0xc0000234, 0xc0000193]);

/** Password guessing at SMB servers. */
export const smbGuessing: Rule<GuessKey> = {
  id: ruleId,
  title: 'SMB login guessing',
  description:
    'Sessions that a Windows or Samba server refuses with a status that says so (wrong name or password, account locked), more ' +
    'of them from one source, or from several together, than a person who mistypes.',
  threats: ['brute-force'],
  mitre: ['T1110.001'],
  sources: [
    '[MS-SMB2] 2.2.6: SMB2 SESSION_SETUP Response',
    '[MS-ERREF] 2.3.1: NTSTATUS values',
    'CrowdSec, scenarios/crowdsecurity/smb-bf.yaml',
  ],
  numbers: guessNumbers,
  create: (numbers) => new SmbGuessingDetector(numbers),
};

class SmbGuessingDetector implements Detector {
  readonly packetKinds = packetKinds.tcpPayload;
  readonly packetProtocols = ['smb', 'smb2'] as const;
  readonly limits: readonly LimitCounter[];
  readonly #watch: GuessWatch;

  constructor(numbers: Readonly<Record<GuessKey, number>>) {
    this.#watch = new GuessWatch(ruleId, numbers, () => ({
      service: 'SMB',
      sign: 'SESSION_SETUP answered by a status of failed login ([MS-ERREF] 2.3.1)',
      against: [],
    }));
    this.limits = this.#watch.limits;
  }

  packet(view: PacketView, table: FlowTable): void {
    const { flow } = table;
    if (table.fromA || view.payloadLength < 40 || (flow?.spoken !== 'smb2' && flow?.spoken !== 'smb')) return;
    if ((table.events & flowEvents.retransmission) !== 0) return;
    const { bytes } = view;
    const start = view.payloadOffset + headerOffset;
    const magic = uint32(bytes, start);
    let status: number;
    if (magic === smb2Magic && uint8(bytes, start + 12) === sessionSetup2) status = littleEndian(bytes, start + 8);
    else if (magic === smb1Magic && uint8(bytes, start + 4) === sessionSetup1) status = littleEndian(bytes, start + 5);
    else return;
    if (failures.has(status)) this.#watch.failed(view.timeUs, view.number, flow);
    else if (status === 0) this.#watch.succeeded(view.timeUs, view.number, flow);
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
  }
}

function littleEndian(bytes: Uint8Array, offset: number): number {
  const value =
    uint8(bytes, offset) |
    (uint8(bytes, offset + 1) << 8) |
    (uint8(bytes, offset + 2) << 16) |
    (uint8(bytes, offset + 3) << 24);
  return value >>> 0;
}
