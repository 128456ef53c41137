/**
 * Writes a pcap file of at least `wantedBytes` out of the real packets of `from`: over and over, each time with later
 * times and other client ports, so that flows are as many as in a real capture of that length. Returns its packets.
 */
export declare function writeBigCapture(file: string, from: readonly string[], wantedBytes: number): number;
