/** Every decoded field of one packet, as the capture editor shows it. */

export interface PacketField {
  /** Wireshark's name (`tcp.flags.syn`), which a display filter can use; empty for what has no such name. */
  name: string;
  label: string;
  /** For a person; empty when the label says it all. */
  value: string;
  /** What a display filter compares the field with; null when there is nothing to compare. */
  raw: string | number | boolean | null;
  /** Index into {@link PacketTree.sources}. */
  source: number;
  /** Place in the bytes of its source. */
  offset: number;
  /** 0 when the field is not in the bytes but follows from them. */
  lengthBytes: number;
  /** The bits that count, for a field that shares its bytes. */
  mask?: number;
  /** What is wrong or odd about it. */
  note?: string;
  children: PacketField[];
}

export interface PacketTree {
  /** 1-based position in the capture. */
  number: number;
  /** The packet first; then what was put together from several packets, where that is so. */
  sources: { name: string; bytes: Uint8Array }[];
  fields: PacketField[];
  /** Comments of the packet in a pcapng file. */
  comments: string[];
  /** False when a limit cut the tree. */
  complete: boolean;
  /** What decoded it. */
  by: 'own' | 'tshark';
}
