import path from 'node:path';
import type {
  AnalyzerError,
  AnalyzerEvent,
  AnalyzerReplies,
  AnalyzerRequest,
  AnalyzerRequestType,
  StartCaptureRequest,
} from '../protocol/analyzerMessages';
import type { PacketTree } from '../protocol/packetTree';
import { captureWireVersion } from '../protocol/captureWire';
import type { CaptureFeed, FeedEvents } from './captureFeed';
import { CaptureError } from './captureError';
import { CaptureFile } from './captureFile';
import { examine } from './doctor';
import { writeEvidence } from './evidenceExport';
import { writeExport } from './exporter';
import { FileError } from './fileError';
import { FileRun } from './fileRun';
import type { Exclusion } from '../core/findings/exclusions';
import { exclusionsOf } from './exclusionsFile';
import { checkFilter } from './filterCheck';
import { filterHelp } from './filterHelp';
import { chooseRuntime } from './helperRuntime';
import { HelperSource } from './helperSource';
import { listInterfaces } from './interfaces';
import { rankInterfaces, readDefaultRoute } from './interfaceRanks';
import { LiveRun } from './liveRun';
import { SshSource } from './sshSource';
import { writeProgram } from './programExport';
import { packetTest } from './packetSearch';
import { SortCancelled } from './packetOrder';
import { FilterError, maxPageRows } from './packetStore';
import type { Run } from './run';
import { StreamError, StreamService } from './streamService';
import { TsharkDecoder, TsharkError } from './tsharkDecode';

/** Answers the requests of the extension host; holds at most one run. */
export class AnalyzerHost {
  private run: Run | null = null;
  private live: LiveRun | null = null;
  private exclusions: readonly Exclusion[] = [];
  private readonly tshark = new TsharkDecoder();
  private readonly helperPath = path.join(__dirname, 'capture-helper.js');

  constructor(private readonly send: (event: AnalyzerEvent) => void) {}

  /** @throws CaptureError, FileError, FilterError, BadRequest: see {@link toAnalyzerError} */
  async answer(request: AnalyzerRequest): Promise<AnalyzerReplies[AnalyzerRequestType]> {
    switch (request.type) {
      case 'listInterfaces':
        return rankInterfaces(await listInterfaces(await this.programs(), true), await readDefaultRoute());
      case 'doctor':
        return examine(path.dirname(this.helperPath));
      case 'validateFilter':
        return checkFilter(request.filter);
      case 'startCapture': {
        await this.run?.stop();
        const programs = await this.programs();
        const run = new LiveRun(request, (name, events) => this.openFeed(request, name, events, programs), this.send);
        this.adopt(run);
        this.live = run;
        return { interface: await run.start() };
      }
      case 'openFile': {
        await this.run?.stop();
        const file = await CaptureFile.open(request.path);
        const run = new FileRun(request, file, this.send);
        this.adopt(run);
        run.begin();
        return { sizeBytes: file.sizeBytes };
      }
      case 'stop':
        await this.run?.stop();
        return {};
      case 'getPackets': {
        const { from, count, filter, fields, sort, search } = request;
        const run = this.current();
        const progress = (part: number): void => this.send({ type: 'sortProgress', run: run.id, part });
        return run.exportSource().packets.page(from, count, filter, fields, sort, progress, search);
      }
      case 'searchPackets': {
        const { searches } = this.current().exportSource().packets;
        if (request.go) searches.resume(request.filter);
        else searches.stop();
        return {};
      }
      case 'cancelSort':
        this.run?.exportSource().packets.orders.cancel();
        return {};
      case 'getPacketsByNumber':
        return { rows: await this.current().exportSource().packets.byNumber(request.numbers) };
      case 'getFlows':
        return this.current().flows(request.from, Math.min(request.count, maxPageRows));
      case 'findPacket': {
        const test = packetTest(request);
        if (test === null) throw new BadRequest('Type bytes as pairs of hexadecimal digits: 16 03 01.');
        return { found: await this.current().exportSource().packets.find(test, request) };
      }
      case 'completeFilter':
        return filterHelp(this.current().exportSource().packets, request.filter, request.caret);
      case 'dissect':
        return this.dissect(request.number, request.tshark);
      case 'getTable': {
        const page = await this.current().table(request);
        if (page === null) throw new BadRequest('Another time was asked for meanwhile.');
        return page;
      }
      case 'getOverview': {
        const overview = await this.current().overview(request);
        if (overview === null) throw new BadRequest('Another part was asked for meanwhile.');
        return overview;
      }
      case 'exportProgram': {
        const run = this.current();
        return writeProgram(run.exportSource(), request.processes, run.markers, request.path);
      }
      case 'addMarker':
        this.live?.addMarker(request.kind, request.text);
        return {};
      case 'addKeyLog':
        return { connections: await this.current().addKeyLog(request.path) };
      case 'followStream':
        return this.streams().follow(request.target, request.form);
      case 'getBody':
        return this.streams().body(request, request.part);
      case 'saveBody':
        return this.streams().save(request, request.part, request.path);
      case 'getCurl':
        return { command: await this.streams().curl(request) };
      case 'export':
        return writeExport(this.current().exportSource(), request.kind, request.path, request.filter);
      case 'exportEvidence':
        return writeEvidence(this.current().exportSource(), request);
      case 'clearFindings':
        this.run?.clearFindings();
        return {};
      case 'setExclusions': {
        const parsed = request.texts.map((text) => exclusionsOf(text, Date.now()));
        this.exclusions = parsed.flatMap(({ exclusions }) => exclusions);
        this.run?.exclude(this.exclusions);
        return { problems: parsed.map(({ problems }) => problems) };
      }
      case 'whatIf':
        return this.current().whatIf(request.rules);
      case 'cancelWhatIf':
        this.run?.cancelWhatIf();
        return {};
    }
  }

  /** Ends a running capture; the helper goes with the end of its stdin in any case. */
  async dispose(): Promise<void> {
    this.tshark.cancel();
    await this.live?.stop();
  }

  private adopt(run: Run): void {
    this.run?.cancelWhatIf();
    this.run?.cancelOverview();
    this.run = run;
    if (this.exclusions.length > 0) run.exclude(this.exclusions);
  }

  private openFeed(
    request: StartCaptureRequest,
    name: string | null,
    events: FeedEvents,
    programs: { helperPath: string; runtimePath: string },
  ): CaptureFeed {
    if (request.remote !== null) return new SshSource(request.remote, { ...request, interface: name }, events);
    return new HelperSource({
      ...programs,
      start: {
        kind: 'start',
        version: captureWireVersion,
        backend: request.backend,
        interface: name,
        filter: request.filter,
        snapLengthBytes: request.snapLengthBytes,
        promiscuous: request.promiscuous,
        bufferBytes: request.bufferBytes,
      },
      elevation: request.elevation,
      log: (level, message) => this.send({ type: 'log', level, message }),
      events,
    });
  }

  private streams(): StreamService {
    const run = this.current();
    return new StreamService(run.exportSource().packets, run.keyLog);
  }

  private async dissect(number: number, tshark?: string): Promise<PacketTree> {
    const { packets } = this.current().exportSource();
    this.tshark.cancel();
    if (tshark !== undefined) return this.tshark.decode(tshark, packets, this.current().capturePath, number);
    const tree = await packets.dissect(number);
    if (tree === null) throw new BadRequest(`There is no packet ${number} in this capture.`);
    return tree;
  }

  private current(): Run {
    if (this.run === null) throw new BadRequest('There is no capture to read from.');
    return this.run;
  }

  private async programs(): Promise<{ helperPath: string; runtimePath: string }> {
    return { helperPath: this.helperPath, runtimePath: await chooseRuntime(path.dirname(this.helperPath)) };
  }
}

export class BadRequest extends Error {}

/** What the extension host is told of a failed request. */
export function toAnalyzerError(error: unknown): AnalyzerError {
  if (error instanceof CaptureError || error instanceof FileError) {
    return { code: error.code, message: error.message, hint: error.hint };
  }
  const asked = [FilterError, SortCancelled, BadRequest, StreamError, TsharkError];
  if (error instanceof Error && asked.some((kind) => error instanceof kind)) {
    return { code: 'BAD_REQUEST', message: error.message, hint: '' };
  }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), hint: 'See the log.' };
}
