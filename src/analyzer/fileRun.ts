import type { AnalyzerEvent, OpenFileRequest } from '../protocol/analyzerMessages';
import { parseMarkerComment } from '../protocol/markers';
import type { FileSource } from '../protocol/snapshot';
import { linkTypeName } from '../core/pcap/linkTypes';
import type { CaptureFile } from './captureFile';
import type { ExportSource } from './exporter';
import { FileTail } from './fileTail';
import { giveBackMemory } from './heapGrowth';
import { PacketStore } from './packetStore';
import { goodBatchRows } from './modelScoring';
import { Run } from './run';

/** A search through a large file does not hold its analysis up for longer, each mebibyte. */
const rowsPatienceMs = 100;

/** Fewer than wait for the model anyway when it is slow. */
const packetsBeforeModel = 20_000;

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
  private readonly tail: FileTail;

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
    this.tail = new FileTail(file.path, request.growing === true);
    this.store = new PacketStore(
      () => [{ path: file.path, firstNumber: 1, packets: this.packets }],
      this.sequences,
      () => this.currentState === 'finished' && !this.abort.signal.aborted,
    );
    this.store.searches.told = (search) => send({ type: 'filterSearch', run: request.run, search });
    this.store.adopt(file);
    this.store.decrypt(this.keyLog, () => this.sendSnapshot());
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

  override get capturePath(): string {
    return this.file.path;
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
        between: () => this.between(),
        more: (position) => this.more(position),
        signal: this.abort.signal,
      });
      this.facts.format = result.format;
      this.facts.linkTypes = result.linkTypes;
      this.facts.damage = result.damage;
      this.nanoseconds = result.nanoseconds;
      delete this.facts.following;
      if (!this.abort.signal.aborted) this.facts.readBytes = this.facts.sizeBytes;
      await this.finishEngine();
      this.enter('finished');
      void this.watch();
      void this.store.walks.idle(rowsPatienceMs).then(() => giveBackMemory());
    } catch (error) {
      await this.finishEngine();
      const message = error instanceof Error ? error.message : String(error);
      this.enter('failed', { code: 'INTERNAL', message, hint: 'What was read before is kept.' });
    }
  }

  private async between(): Promise<void> {
    // Rows that somebody looks at come before the rest of the file.
    await this.store.walks.idle(rowsPatienceMs);
    await this.scoreFlows();
  }

  /** The model's runtime takes most of a second to come up, in one piece: what is looked at first comes before it. */
  protected override scoreFlows(): Promise<void> {
    if (this.packets < packetsBeforeModel) return Promise.resolve();
    return super.scoreFlows(this.facts.following === undefined ? goodBatchRows : 0);
  }

  /** At the end of the file, for as long as another program writes to it. */
  private async more(position: number): Promise<boolean> {
    this.facts.readBytes = position;
    this.facts.following = true;
    const more = await this.tail.more(position, this.abort.signal);
    this.facts.sizeBytes = Math.max(this.facts.sizeBytes, this.tail.sizeBytes);
    return more;
  }

  /** Tells when the file is not any more what was read: the whole analysis is over then, and begins anew. */
  private async watch(): Promise<void> {
    if (this.abort.signal.aborted) return;
    if (await this.tail.changed(this.facts.sizeBytes, this.abort.signal))
      this.send({ type: 'fileChanged', run: this.id });
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
