import { concatBytes } from '../../src/core/bytes/concatBytes';

/** Writes pcapng blocks field by field in either byte order, valid or not, for tests of the reader. */
export class PcapngBlocks {
  constructor(private readonly littleEndian: boolean) {}

  block(type: number, body: Uint8Array, lengths: { first?: number; last?: number } = {}): Uint8Array {
    const padding = new Uint8Array((4 - (body.length % 4)) % 4);
    const length = 12 + body.length + padding.length;
    const head = this.numbers(32, type, lengths.first ?? length);
    return concatBytes([head, body, padding, this.numbers(32, lengths.last ?? length)]);
  }

  section(options: { major?: number; magic?: number } = {}): Uint8Array {
    const version = this.numbers(16, options.major ?? 1, 0);
    const magic = this.numbers(32, options.magic ?? 0x1a2b3c4d);
    return this.block(0x0a0d0d0a, concatBytes([magic, version, this.numbers(32, 0xffffffff, 0xffffffff)]));
  }

  interfaceDescription(linkType: number, options: Uint8Array[] = [], snapLengthBytes = 0): Uint8Array {
    return this.block(1, concatBytes([this.numbers(16, linkType, 0), this.numbers(32, snapLengthBytes), ...options]));
  }

  option(code: number, value: Uint8Array): Uint8Array {
    const padding = new Uint8Array((4 - (value.length % 4)) % 4);
    return concatBytes([this.numbers(16, code, value.length), value, padding]);
  }

  /** `if_tsoffset` */
  timeOffset(seconds: bigint): Uint8Array {
    const value = new DataView(new ArrayBuffer(8));
    value.setBigInt64(0, seconds, this.littleEndian);
    return this.option(14, new Uint8Array(value.buffer));
  }

  enhancedPacket(
    interfaceId: number,
    ticks: bigint,
    data: Uint8Array,
    options: { captured?: number; original?: number; options?: Uint8Array[] } = {},
  ): Uint8Array {
    const { captured = data.length, original = data.length } = options;
    const time = [Number(ticks >> 32n), Number(ticks & 0xffffffffn)];
    const padding = new Uint8Array((4 - (data.length % 4)) % 4);
    const head = this.numbers(32, interfaceId, ...time, captured, original);
    return this.block(6, concatBytes([head, data, padding, ...(options.options ?? [])]));
  }

  /** The obsolete block of type 2. */
  packet(interfaceId: number, ticks: bigint, data: Uint8Array, original = data.length): Uint8Array {
    const numbers = this.numbers(32, Number(ticks >> 32n), Number(ticks & 0xffffffffn), data.length, original);
    return this.block(2, concatBytes([this.numbers(16, interfaceId, 7), numbers, data]));
  }

  simplePacket(data: Uint8Array, original = data.length): Uint8Array {
    return this.block(3, concatBytes([this.numbers(32, original), data]));
  }

  numbers(bits: 16 | 32, ...values: number[]): Uint8Array {
    const view = new DataView(new ArrayBuffer((values.length * bits) / 8));
    values.forEach((value, i) => {
      if (bits === 16) view.setUint16(2 * i, value, this.littleEndian);
      else view.setUint32(4 * i, value, this.littleEndian);
    });
    return new Uint8Array(view.buffer);
  }
}
