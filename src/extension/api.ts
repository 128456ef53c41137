import type { Finding } from '../protocol/finding';
import type { Marker } from '../protocol/markers';
import type { RunFailure, RunState } from '../protocol/snapshot';
import { FileSession } from './sessions/fileSession';
import type { Session } from './sessions/session';
import type { SessionRegistry } from './sessions/sessionRegistry';
import type { AnomalyNode } from './views/anomalyModel';
import type { AnomalyTree } from './views/anomalyTree';

/** What is known of one analysis now; a copy, not a view. */
export interface SessionInfo {
  readonly kind: 'live' | 'file';
  /** The interface or the file's name. */
  readonly title: string;
  /** The file that is read; null for a live capture. */
  readonly path: string | null;
  readonly state: RunState;
  /** Why it failed, when it did. */
  readonly failure: RunFailure | null;
  readonly packets: number;
  readonly findings: readonly Finding[];
  /** Moments on the time axis, oldest first. */
  readonly markers: readonly Marker[];
  /** TLS connections that there are keys of. */
  readonly tlsConnectionsWithKeys: number;
  /** Process id of its analyzer; null while there is none. */
  readonly analyzerPid: number | null;
}

/** One row of the anomaly tree. */
export interface AnomalyRow {
  readonly kind: AnomalyNode['kind'];
  readonly label: string;
  readonly description: string;
  readonly children: readonly AnomalyRow[];
}

/** What `activate` returns to other extensions: to look, not to touch. */
export interface NetworkTrafficApi {
  readonly version: 1;
  /** The session that views and exports mean. */
  activeSession(): SessionInfo;
  /** All sessions: the live one first, then one for each open capture file. */
  sessions(): readonly SessionInfo[];
  /** The anomaly tree as it stands. */
  anomalies(): readonly AnomalyRow[];
}

export function createApi(sessions: SessionRegistry, tree: AnomalyTree): NetworkTrafficApi {
  return {
    version: 1,
    activeSession: () => infoOf(sessions.active),
    sessions: () => sessions.all.map(infoOf),
    anomalies: () => tree.roots.map(rowOf),
  };
}

function infoOf(session: Session): SessionInfo {
  return {
    kind: session.kind,
    title: session.title,
    path: session instanceof FileSession ? session.filePath : null,
    state: session.state,
    failure: structuredClone(session.snapshot?.failure ?? null),
    packets: session.snapshot?.packets ?? 0,
    findings: structuredClone([...session.findings]),
    markers: structuredClone(session.snapshot?.markers ?? []),
    tlsConnectionsWithKeys: session.snapshot?.decryption?.connections ?? 0,
    analyzerPid: session.analyzerPid ?? null,
  };
}

function rowOf(node: AnomalyNode): AnomalyRow {
  return { kind: node.kind, label: node.label, description: node.description, children: node.children.map(rowOf) };
}
