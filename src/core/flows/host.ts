import { formatIpAddress } from '../decode/addresses';

const scratch = new Uint8Array(16);

/** One IP address seen in the traffic, with what it sent and received. IPv4 uses `word0` only. */
export class Host {
  packets = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** False after the table forgot it; a flow that still holds it then lists it again with the next packet. */
  listed = true;
  /** Scratch for detectors: false as long as nobody failed to reach anything from here. */
  scanned = false;
  #text: string | null = null;

  constructor(
    /** Unique among all hosts of one table; below 2^26. */
    readonly id: number,
    /** 4 or 16. */
    readonly addressLength: number,
    readonly word0: number,
    readonly word1: number,
    readonly word2: number,
    readonly word3: number,
    /** An address of the machine that captures. */
    readonly local: boolean,
  ) {}

  /** Multicast (RFC 5771, RFC 4291 section 2.7), limited broadcast or unspecified: nobody whom a packet can fail to reach. */
  get isGroup(): boolean {
    if (this.addressLength === 4) {
      const first = this.word0 >>> 24;
      return first >= 224 || this.word0 === 0;
    }
    return this.word0 >>> 24 === 0xff || (this.word0 | this.word1 | this.word2 | this.word3) === 0;
  }

  /** The address in its usual form (RFC 5952 for IPv6). */
  get text(): string {
    if (this.#text === null) {
      const words = [this.word0, this.word1, this.word2, this.word3];
      for (let i = 0; i < 4; i++) {
        const word = words[i] ?? 0;
        scratch[i * 4] = word >>> 24;
        scratch[i * 4 + 1] = word >>> 16;
        scratch[i * 4 + 2] = word >>> 8;
        scratch[i * 4 + 3] = word;
      }
      this.#text = formatIpAddress(scratch, 0, this.addressLength === 4 ? 4 : 16);
    }
    return this.#text;
  }
}
