import type { TablePage, TableQuery } from '../protocol/tables';
import type { TimeRange } from '../protocol/timeRange';
import { defaultRuleSettings } from '../protocol/ruleSettings';
import { rules } from '../core/detectors/registry';
import { Engine } from '../core/engine/engine';
import type { EngineOptions } from '../core/engine/engine';
import { packetTimeUs } from '../core/pcap/rawPacket';
import type { RawPacket } from '../core/pcap/rawPacket';
import { CaptureTables } from '../core/tables/captureTables';
import type { KeyLog } from '../core/streams/keyLog';
import { OwnersAgain } from '../core/tables/programTable';
import type { KnownOwners } from '../core/tables/programTable';
import { MessageTables } from '../core/tables/messageTables';

/** Hands over every recorded packet; ends early with the signal. */
export type Replay = (visit: (packet: RawPacket) => void, signal: AbortSignal) => Promise<void>;

/** An engine that finds nothing and measures nothing: for what tables are made of. */
export function tableEngine(
  messages: MessageTables,
  known: { owners?: KnownOwners | null; keyLog?: KeyLog } = {},
  onFlowEnd?: EngineOptions['onFlowEnd'],
): Engine {
  const { owners = null, keyLog } = known;
  return new Engine({
    localAddresses: [],
    rules: { ...defaultRuleSettings, disabled: rules.map(({ id }) => id) },
    detectors: [messages, ...(owners === null ? [] : [new OwnersAgain(owners)])],
    snapshots: false,
    ...(keyLog === undefined ? {} : { keyLog }),
    ...(onFlowEnd === undefined ? {} : { onFlowEnd }),
  });
}

/** The tables of a run, and those of a stretch of its time: these are made of the packets within, anew for each range. */
export class TableService {
  private readonly whole: CaptureTables;
  private part: { key: string; tables: Promise<CaptureTables | null>; abort: AbortController } | null = null;

  /**
   * @param replay every packet recorded so far
   * @param packets how many there are to replay by now
   * @param owners what is known of the programs of flows
   * @param keyLog secrets that come later: messages within TLS are found by reading the packets again
   */
  constructor(
    engine: Engine,
    messages: MessageTables,
    private readonly replay: Replay,
    private readonly packets: () => number,
    private readonly owners: KnownOwners | null,
    private readonly keyLog: KeyLog,
  ) {
    this.whole = new CaptureTables(engine, messages);
  }

  /** @throws FileError; null when another range was asked for meanwhile */
  async page(query: TableQuery): Promise<TablePage | null> {
    const { range, table } = query;
    const hidden = this.keyLog.size > 0 && (table === 'http' || table === 'objects');
    if (range === null && !hidden) return this.whole.page(query);
    const tables = await this.within(range ?? { fromUs: Number.NEGATIVE_INFINITY, untilUs: Number.POSITIVE_INFINITY });
    return tables?.page(query) ?? null;
  }

  private within(range: TimeRange): Promise<CaptureTables | null> {
    const key = `${range.fromUs} ${range.untilUs} ${this.packets()} ${this.keyLog.version}`;
    if (this.part?.key === key) return this.part.tables;
    this.part?.abort.abort();
    const abort = new AbortController();
    const tables = this.read(range, abort.signal);
    this.part = { key, tables, abort };
    tables.catch(() => {
      if (this.part?.key === key) this.part = null;
    });
    return tables;
  }

  private async read({ fromUs, untilUs }: TimeRange, signal: AbortSignal): Promise<CaptureTables | null> {
    const messages = new MessageTables();
    const engine = tableEngine(messages, {
      owners: this.owners,
      ...(this.keyLog.size === 0 ? {} : { keyLog: this.keyLog }),
    });
    await this.replay((packet) => {
      const timeUs = packetTimeUs(packet);
      if (timeUs >= fromUs && timeUs < untilUs) engine.push(packet);
    }, signal);
    if (signal.aborted) return null;
    engine.finish();
    return new CaptureTables(engine, messages);
  }
}
