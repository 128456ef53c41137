/** What a moment on the time axis says: of a debug run, a task, or typed by a person. */
export const markerKinds = ['start', 'stop', 'test', 'task', 'end'] as const;
export type MarkerKind = (typeof markerKinds)[number];

/** A moment of a capture that somebody besides the network tells of. */
export interface Marker {
  /** On the clock of the packets, microseconds since 1970. */
  timeUs: number;
  kind: MarkerKind;
  text: string;
}

/** Moments of one capture; a loop that hits a breakpoint makes as many as it likes. */
export const maxMarkers = 500;
export const maxMarkerLength = 200;

/** How a moment stands in a pcapng file: as a comment. */
export function markerComment({ kind, text }: Pick<Marker, 'kind' | 'text'>): string {
  return `${prefix}${kind}: ${text}`;
}

/** The moment in such a comment; null for one of somebody else. */
export function parseMarkerComment(timeUs: number, comment: string): Marker | null {
  const match = comment.startsWith(prefix) ? /^([a-z]+): (.*)$/s.exec(comment.slice(prefix.length)) : null;
  const kind = markerKinds.find((known) => known === match?.[1]);
  if (kind === undefined || !Number.isFinite(timeUs)) return null;
  return { timeUs, kind, text: markerText(match?.[2] ?? '') };
}

/** One line of it, of bounded length. */
export function markerText(text: string): string {
  return text
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, maxMarkerLength);
}

const prefix = 'Network Traffic marker, ';
