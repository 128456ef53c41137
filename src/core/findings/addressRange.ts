import { parseIpAddress } from '../decode/addresses';

const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** An address, or all of a network: `10.0.0.7`, `10.0.0.0/24`, `fd00::/8`, `02:00:00:00:00:07`. */
export class AddressRange {
  private constructor(
    readonly text: string,
    readonly bytes: Uint8Array | null,
    readonly prefixLength: number,
  ) {}

  /** Null when it is none. Bits after the prefix are passed over (RFC 4632 section 3.1 wants them 0; people write addresses). */
  static parse(text: string): AddressRange | null {
    const lower = text.trim().toLowerCase();
    if (macPattern.test(lower)) return new AddressRange(lower, null, 0);
    const [address = '', length, ...rest] = lower.split('/');
    const bytes = parseIpAddress(address);
    if (bytes === null || rest.length > 0) return null;
    if (length === undefined) return new AddressRange(lower, bytes, bytes.length * 8);
    if (!/^\d{1,3}$/.test(length) || Number(length) > bytes.length * 8) return null;
    return new AddressRange(lower, bytes, Number(length));
  }

  /** Whether it holds the address in text. */
  holds(address: string): boolean {
    if (this.bytes === null) return address.toLowerCase() === this.text;
    const other = parseIpAddress(address);
    if (other?.length !== this.bytes.length) return false;
    const whole = this.prefixLength >> 3;
    for (let i = 0; i < whole; i++) if (other[i] !== this.bytes[i]) return false;
    const rest = this.prefixLength & 7;
    return rest === 0 || (((other[whole] ?? 0) ^ (this.bytes[whole] ?? 0)) & (0xff00 >> rest) & 0xff) === 0;
  }
}
