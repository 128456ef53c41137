/** One captured packet as every source (pcap, pcapng, live helper) gives it to the engine. */
export interface RawPacket {
  /** 1-based position in the capture. */
  number: number;
  /** Seconds since 1970, integer. */
  seconds: number;
  /** 0 to 999,999,999. */
  nanoseconds: number;
  /** Length on the wire in bytes. */
  originalLength: number;
  /** Captured bytes; valid only during the call that hands the packet over. */
  bytes: Uint8Array;
  /** LINKTYPE_ number (tcpdump.org/linktypes.html). */
  linkType: number;
  /** pcapng interface index within the file; 0 elsewhere. */
  interfaceIndex: number;
  /** Comments of its pcapng block in UTF-8, read when asked for; valid only during the call. Absent elsewhere. */
  comments?: () => Uint8Array[];
}

/** Packet time in microseconds since 1970; exact for microsecond captures until the year 2255. */
export function packetTimeUs(packet: { seconds: number; nanoseconds: number }): number {
  return packet.seconds * 1e6 + packet.nanoseconds / 1000;
}

/** Packet time in seconds since 1970. */
export function packetTimeSeconds(packet: { seconds: number; nanoseconds: number }): number {
  return packet.seconds + packet.nanoseconds / 1e9;
}

/** A copy that may be kept, but for its bytes: comments can be read during the call only. */
export function withoutComments(packet: RawPacket): RawPacket {
  const copy = { ...packet };
  delete copy.comments;
  return copy;
}
