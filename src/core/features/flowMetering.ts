import type { PacketView } from '../decode/packetView';
import type { Detector } from '../detectors/detector';
import { FlowMeter, meterCutUs } from '../flows/flowMeter';
import type { Flow } from '../flows/flow';
import type { FlowTable } from '../flows/flowTable';
import { columns, measureColumns } from './columns';

/** Meters kept for flows to come. */
const maxFreeMeters = 4096;

/**
 * Measures every flow of the engine as the improved CICIDS2017 does. A flow gets its meter with its second packet: a
 * flood of single packets needs none.
 */
export class FlowMetering {
  readonly #free: FlowMeter[] = [];
  readonly #single = new FlowMeter();

  /** `onCut` gets a flow that is older than 120 s and goes on, with what was measured so far. */
  constructor(private readonly onCut: (flow: Flow, meter: FlowMeter) => void = () => undefined) {}

  /** Counts the newest packet of the table; returns the meter of its flow, null for the first packet. */
  packet(view: PacketView, table: FlowTable): FlowMeter | null {
    const { flow, fromA } = table;
    if (flow === null) return null;
    const { timeUs, payloadWireLength } = view;
    const flags = view.tcpValid ? view.tcpFlags : 0;
    const { meter } = flow;
    if (meter !== null) {
      if (timeUs - meter.startUs >= meterCutUs) {
        this.onCut(flow, meter);
        meter.start(timeUs, fromA, payloadWireLength, flags, flow.startUs);
      } else meter.add(timeUs, fromA, payloadWireLength, flags);
      return meter;
    }
    if (flow.packetsAToB + flow.packetsBToA === 1) {
      flow.firstFlags = flags;
      flow.firstPayloadBytes = payloadWireLength;
      flow.firstFromA = fromA;
      return null;
    }
    const made = this.#free.pop() ?? new FlowMeter();
    flow.meter = made;
    made.asked = false;
    this.#first(flow, made);
    if (timeUs - made.startUs >= meterCutUs) {
      this.onCut(flow, made);
      made.start(timeUs, fromA, payloadWireLength, flags, flow.startUs);
    } else made.add(timeUs, fromA, payloadWireLength, flags);
    return made;
  }

  /** What was measured of a flow. The meter is used again with the next call. */
  of(flow: Flow): FlowMeter {
    if (flow.meter !== null) return flow.meter;
    this.#first(flow, this.#single);
    return this.#single;
  }

  /** Takes back the meter of a flow that has ended. */
  release(flow: Flow): void {
    if (flow.meter !== null && this.#free.length < maxFreeMeters) this.#free.push(flow.meter);
    flow.meter = null;
  }

  #first(flow: Flow, meter: FlowMeter): void {
    meter.start(flow.startUs, flow.firstFromA, flow.firstPayloadBytes, flow.firstFlags);
  }
}

/** The metering alone as a detector, for what only wants to know the features of flows. */
export class FlowMeteringDetector implements Detector {
  readonly limits = [];
  readonly metering = new FlowMetering();
  readonly #columns = new Float64Array(columns.length);

  packet(view: PacketView, table: FlowTable): void {
    this.metering.packet(view, table);
  }

  /** Columns of a flow; the array is used again with the next call. */
  columnsOf(flow: Flow): Float64Array {
    measureColumns(this.metering.of(flow), flow.ipProtocol, this.#columns);
    return this.#columns;
  }

  advance(): void {
    // Nothing depends on time.
  }

  finish(): void {
    // Flows are measured as they end.
  }

  collect(): void {
    // It finds nothing.
  }

  clear(): void {
    // Flows that are open stay measured.
  }
}
