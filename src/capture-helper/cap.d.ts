/** The part of `cap` 0.2.1 (MIT, github.com/mscdex/cap) that the helper uses, and what our patch adds to it. */
declare module 'cap' {
  import type { EventEmitter } from 'node:events';

  export class Cap extends EventEmitter {
    /** All devices that libpcap knows; needs no privilege. */
    static deviceList(): { name: string; description?: string; addresses: { addr?: string }[]; flags?: string }[];
    /**
     * The last three are of the patch; 65535, true and 0 (each packet at once) without it.
     * @returns the link type in words @throws Error with libpcap's message; without the patch the object is unusable then.
     */
    open(
      device: string,
      filter: string,
      bufferBytes: number,
      packet: Buffer,
      snapLengthBytes: number,
      promiscuous: boolean,
      collectMs: number,
    ): string;
    close(): boolean;
    /** Windows only. */
    setMinBytes?(bytes: number): void;
    /** Of the patch. */
    stats?(): { received: number; dropped: number; droppedByInterface: number } | undefined;
    /** The last three are of the patch. */
    on(
      event: 'packet',
      listener: (
        lengthBytes: number,
        truncated: boolean,
        seconds?: number,
        nanoseconds?: number,
        originalLength?: number,
      ) => void,
    ): this;
    /** Of the patch. */
    on(event: 'gone', listener: (reason: string) => void): this;
  }
}
