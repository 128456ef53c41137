import type { ExclusionProblem } from '../../protocol/exclusions';
import type { Disposable } from '../disposable';
import { Emitter } from '../emitter';
import type { FileSession } from './fileSession';
import type { LiveSession } from './liveSession';
import type { Session, SessionChange } from './session';

/**
 * The sessions of this window, and which of them views and exports mean: the one a person looked at last, as long as
 * it is there; else the live one.
 */
export class SessionRegistry implements Disposable {
  private readonly files = new Map<FileSession, Disposable>();
  private readonly liveSubscription: Disposable;
  private activeSession: Session;
  private exclusions: readonly string[] = [];

  private readonly activeChanges = new Emitter<SessionChange | 'active'>();
  /** Fires when another session became active, and when something in the active one changed. */
  readonly onDidChangeActive = this.activeChanges.event;

  constructor(readonly live: LiveSession) {
    this.activeSession = live;
    this.liveSubscription = live.onDidChange((change) => this.relay(live, change));
  }

  get active(): Session {
    return this.activeSession;
  }

  get all(): readonly Session[] {
    return [this.live, ...this.files.keys()];
  }

  /** Contents of the exclusions files, for every session there is and will be. Returns what has no effect in each, if known. */
  async setExclusions(texts: readonly string[]): Promise<ExclusionProblem[][] | null> {
    this.exclusions = texts;
    const answers = await Promise.all(this.all.map((session) => session.setExclusions(texts)));
    return answers.find((answer) => answer !== null) ?? null;
  }

  add(session: FileSession): void {
    void session.setExclusions(this.exclusions);
    this.files.set(
      session,
      session.onDidChange((change) => this.relay(session, change)),
    );
  }

  /** Forgets and ends a file's session. */
  remove(session: FileSession): void {
    this.files.get(session)?.dispose();
    this.files.delete(session);
    session.dispose();
    if (this.activeSession === session) this.activate([...this.files.keys()].at(-1) ?? this.live);
  }

  /** Makes `session` the one that views and exports mean. */
  activate(session: Session): void {
    if (this.activeSession === session) return;
    this.activeSession = session;
    this.activeChanges.fire('active');
  }

  dispose(): void {
    for (const [session, subscription] of this.files) {
      subscription.dispose();
      session.dispose();
    }
    this.files.clear();
    this.liveSubscription.dispose();
    this.live.dispose();
    this.activeChanges.dispose();
  }

  private relay(session: Session, change: SessionChange): void {
    if (session === this.activeSession) this.activeChanges.fire(change);
  }
}
