import { statSync } from 'node:fs';
import path from 'node:path';
import type { RuleSettings } from '../../protocol/ruleSettings';
import type { AnalyzerClient } from '../client/analyzerClient';
import type { Snapshot } from '../../protocol/snapshot';
import { asNetworkTrafficError, type NetworkTrafficError } from '../errors';
import { isGoing, Session } from './session';

/** The analysis of one capture file. */
export class FileSession extends Session {
  readonly kind = 'file';
  readonly title: string;
  private readonly waiting = new Set<() => void>();
  private reopen: (() => void) | null = null;

  constructor(
    createClient: () => AnalyzerClient,
    /** Path on a disk of this machine. */
    readonly filePath: string,
  ) {
    super(createClient);
    this.title = path.basename(filePath);
  }

  /**
   * Begins to read the file; resolves when it is known to be a capture. A session that fails is `failed`, without a
   * process. @throws NetworkTrafficError
   */
  async open(rules: RuleSettings, growing = false): Promise<void> {
    const run = this.beginRun('reading');
    this.reopen = (): void => {
      // What goes wrong then is the state of the session.
      this.open(rules, true).catch(() => undefined);
    };
    try {
      await this.askFresh({ type: 'openFile', run, path: this.filePath, rules, ...(growing ? { growing } : {}) });
    } catch (error) {
      const failure = asNetworkTrafficError(error);
      this.fail(run, failure);
      this.endRun();
      throw failure;
    }
  }

  /** Makes the session `failed` without trying to read. */
  refuse(error: NetworkTrafficError): void {
    this.fail(this.beginRun('reading'), error);
  }

  /** The file was read to its end, as far as it is written; or nothing more of it will be read. */
  private get isRead(): boolean {
    const source = this.snapshot?.source;
    return !isGoing(this.state) || (source?.kind === 'file' && source.following === true);
  }

  protected override onFileChanged(): void {
    this.reopen?.();
  }

  /** Resolves when the whole file was read, reading was stopped, it failed, or the session was closed. */
  finished(): Promise<void> {
    if (this.isRead || this.isDisposed) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        subscription.dispose();
        this.waiting.delete(done);
        resolve();
      };
      const subscription = this.onDidChange(() => {
        if (this.isRead) done();
      });
      this.waiting.add(done);
    });
  }

  protected override knownSource(): Snapshot['source'] {
    const sizeBytes = statSync(this.filePath, { throwIfNoEntry: false })?.size ?? 0;
    return { kind: 'file', path: this.filePath, format: '', linkTypes: [], sizeBytes, readBytes: 0, damage: null };
  }

  override dispose(): void {
    super.dispose();
    for (const done of [...this.waiting]) done();
  }
}
