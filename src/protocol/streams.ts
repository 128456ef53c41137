/** Conversations followed, and what was transferred in them. */
export const streamForms = ['text', 'hex'] as const;
export type StreamForm = (typeof streamForms)[number];

/** A conversation: that of a packet, or of the first packet that a display filter takes. */
export interface StreamTarget {
  packet: number | null;
  filter: string;
}

/** Lines of a document that one side said, counted from 0; the first of them says who, when and how much. */
export interface StreamTurn {
  firstLine: number;
  endLine: number;
  fromA: boolean;
}

export interface StreamDocument {
  /** Both ends, for a person. */
  title: string;
  text: string;
  turns: StreamTurn[];
  /** Something was left out at a limit; the text says how much. */
  cut: boolean;
}

export const bodyParts = ['request', 'response'] as const;
export type BodyPart = (typeof bodyParts)[number];

/** One HTTP request of a capture. */
export interface RequestPlace {
  /** Number of the packet that makes its head whole. */
  packet: number;
  /** How many requests the same packet completes before it; none when left out. */
  ahead?: number;
}

/** A message body as a document: text as text, anything else as a hex dump; never what could run. */
export interface BodyDocument {
  /** From the path of the request, made safe for a file name. */
  name: string;
  contentType: string;
  text: string;
  /** Whether `text` is the body itself, or a hex dump of it. */
  readable: boolean;
  /** Decoded bytes that there are. */
  lengthBytes: number;
  /** What a person should know: codings that were undone, missing bytes, cuts. */
  notes: string[];
}
