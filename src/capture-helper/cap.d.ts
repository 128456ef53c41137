/** The part of `cap` 0.2.1 (MIT, github.com/mscdex/cap) that the helper uses; the package brings no types. */
declare module 'cap' {
  import type { EventEmitter } from 'node:events';

  export class Cap extends EventEmitter {
    /** All devices that libpcap knows; needs no privilege. */
    static deviceList(): { name: string; description?: string; addresses: { addr?: string }[]; flags?: string }[];
    /** @returns the link type in words @throws Error with libpcap's message; the object is unusable after that. */
    open(device: string, filter: string, bufferBytes: number, packet: Buffer): string;
    close(): boolean;
    /** Windows only. */
    setMinBytes?(bytes: number): void;
    on(event: 'packet', listener: (lengthBytes: number, truncated: boolean) => void): this;
  }
}
