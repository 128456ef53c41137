import type { AnalyzerEvent, OpenFileRequest } from '../protocol/analyzerMessages';
import { parseMarkerComment } from '../protocol/markers';
import type { FileSource } from '../protocol/snapshot';
import { linkTypeName } from '../core/pcap/linkTypes';
import type { CaptureFile } from './captureFile';
import type { ExportSource } from './exporter';
import { PacketStore } from './packetStore';
import { Run } from './run';

/** Progress is told at most this often. */
const progressIntervalMs = 100;

/** A capture file being read. Stopping keeps what was read so far. */
export class FileRun extends Run {
  private readonly abort = new AbortController();
  private readonly facts: FileSource;
  private readonly store: PacketStore;
  private packets = 0;
  private nanoseconds = false;
  private reading: Promise<void> = Promise.resolve();
  private progressSentMs = 0;

  constructor(
    request: OpenFileRequest,
    private readonly file: CaptureFile,
    send: (event: AnalyzerEvent) => void,
  ) {
    super(request.run, { localAddresses: [], rules: request.rules }, send);
    this.facts = {
      kind: 'file',
      path: file.path,
      format: '',
      linkTypes: [],
      sizeBytes: file.sizeBytes,
      readBytes: 0,
      damage: null,
    };
    this.store = new PacketStore(() => [{ path: file.path, firstNumber: 1, packets: this.packets }], this.sequences);
    this.store.adopt(file);
  }

  /** Begins to read; the end comes as a snapshot with state `finished` or `failed`. */
  begin(): void {
    this.enter('reading');
    this.reading = this.read();
  }

  override async stop(): Promise<void> {
    this.abort.abort();
    await this.reading;
  }

  override exportSource(): ExportSource {
    return {
      packets: this.store,
      flows: () => allFlows(this),
      report: () =>
        this.engine.report(this.facts.path, {
          format: this.facts.format,
          linkTypes: this.facts.linkTypes.map(linkTypeName),
          damage: this.facts.damage,
        }),
      linkTypes: this.facts.linkTypes,
      nanoseconds: this.nanoseconds,
      snapLengthBytes: 262_144,
      owners: null,
      markers: this.markers,
    };
  }

  protected override source(): FileSource {
    return { ...this.facts };
  }

  private async read(): Promise<void> {
    try {
      const result = await this.file.read({
        onPacket: (packet) => {
          this.packets += 1;
          this.push(packet);
        },
        onProgress: (readBytes) => this.progress(readBytes),
        extras: {
          keyLog: (bytes) => this.keyLog.add(bytes),
          moment: (timeUs, comment) => {
            const marker = parseMarkerComment(timeUs, Buffer.from(comment).toString('utf8'));
            if (marker !== null) this.keepMarker(marker);
          },
        },
        between: () => this.model?.drain() ?? Promise.resolve(),
        signal: this.abort.signal,
      });
      this.facts.format = result.format;
      this.facts.linkTypes = result.linkTypes;
      this.facts.damage = result.damage;
      this.nanoseconds = result.nanoseconds;
      if (!this.abort.signal.aborted) this.facts.readBytes = this.facts.sizeBytes;
      await this.finishEngine();
      this.enter('finished');
    } catch (error) {
      await this.finishEngine();
      const message = error instanceof Error ? error.message : String(error);
      this.enter('failed', { code: 'INTERNAL', message, hint: 'What was read before is kept.' });
    }
  }

  private progress(readBytes: number): void {
    this.facts.readBytes = Math.min(readBytes, this.facts.sizeBytes);
    const now = Date.now();
    if (now - this.progressSentMs < progressIntervalMs) return;
    this.progressSentMs = now;
    this.send({
      type: 'progress',
      run: this.id,
      readBytes: this.facts.readBytes,
      totalBytes: this.facts.sizeBytes,
      packets: this.packets,
    });
  }
}

/** Every flow row of a run, page by page. */
export function* allFlows(run: Run): Generator<ReturnType<Run['flows']>['rows'][number]> {
  const pageRows = 1000;
  for (let from = 0; ; from += pageRows) {
    const { rows } = run.flows(from, pageRows);
    yield* rows;
    if (rows.length < pageRows) return;
  }
}
