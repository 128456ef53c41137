import type { PacketView } from '../core/decode/packetView';
import { PlainPackets } from '../core/filter/plainPackets';
import type { PlainPiece } from '../core/follow/plainReader';
import type { LimitCounter } from '../core/limits';
import type { KeyLog } from '../core/streams/keyLog';

/** A tree is shown without what is inside TLS when that takes longer to be found. */
const patienceMs = 15_000;

/**
 * What the packets of a capture hold inside TLS: read once from the first packet on when somebody asks, and on from there when there
 * are more; again when keys came.
 */
export class DecryptedPackets {
  #plain: PlainPackets | null = null;
  #version = -1;
  #readTo = 0;
  #reading: Promise<void> | null = null;

  /**
   * @param walk hands over decoded packets from a number on, until `visit` returns false
   * @param full told when more was read than is kept
   */
  constructor(
    private readonly keyLog: KeyLog,
    private readonly walk: (from: number, visit: (view: PacketView, number: number) => boolean) => Promise<void>,
    private readonly full: () => void,
  ) {}

  readonly of = (number: number): readonly PlainPiece[] => this.#plain?.of(number) ?? [];

  /** How often something was too much to be kept; null before anything was read. */
  get limit(): LimitCounter | null {
    return this.#plain?.limit ?? null;
  }

  /** Reads on to the newest packet; without keys there is nothing to do. @throws FileError */
  upToDate(): Promise<void> {
    if (this.keyLog.size === 0) return Promise.resolve();
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** The same, for some time; false when it takes longer. @throws FileError */
  async soon(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), patienceMs)));
    const done = await Promise.race([this.upToDate().then(() => true), late]);
    clearTimeout(timer);
    return done;
  }

  async #read(): Promise<void> {
    if (this.#plain === null || this.#version !== this.keyLog.version) {
      this.#version = this.keyLog.version;
      this.#plain = new PlainPackets(this.keyLog);
      this.#readTo = 0;
    }
    const plain = this.#plain;
    const { hits } = plain.limit;
    await this.walk(this.#readTo + 1, (view, number) => {
      plain.packet(view);
      this.#readTo = number;
      return true;
    });
    if (plain.limit.hits > hits) this.full();
  }
}
