import type { Finding } from '../../protocol/finding';
import type { Snapshot } from '../../protocol/snapshot';
import type { ViewState } from '../../protocol/webviewMessages';

/** What a view shows of a capture that goes on: the newest, or, while it is paused, what it showed then. */
export class ViewPause {
  private held: { snapshot: Snapshot; findings: readonly Finding[] } | null = null;

  /** Only a running capture can be paused. */
  set(paused: boolean, live: { readonly snapshot: Snapshot | null; readonly findings: readonly Finding[] }): void {
    const { snapshot, findings } = live;
    this.held = paused && snapshot?.state === 'capturing' ? { snapshot, findings } : null;
  }

  /** The end of the capture, and the begin of another one, end the pause. */
  view(snapshot: Snapshot | null, findings: readonly Finding[]): Pick<ViewState, 'snapshot' | 'findings' | 'paused'> {
    const { held } = this;
    if (held !== null && snapshot?.run === held.snapshot.run && snapshot.state === 'capturing') {
      // What the capture itself loses is told all the same.
      const { captureLoss, live } = snapshot;
      const shown = { ...held.snapshot, captureLoss, ...(live === undefined ? {} : { live }) };
      return { snapshot: shown, findings: held.findings, paused: { packets: snapshot.packets } };
    }
    this.held = null;
    return { snapshot, findings };
  }
}
