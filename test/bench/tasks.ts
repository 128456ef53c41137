/** Prints a line of a benchmark: what was measured, and the figure. */
export const say = (name: string, value: string): void => console.log(`${name.padEnd(46)} ${value}`);

/** An event of a trace of Chromium; times in microseconds. `tdur`: time that the thread was running. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string; readonly data?: { readonly url?: string } };
}

/** Tasks shorter than this are bookkeeping of the browser. */
const leastTaskMs = 0.3;
const longTaskMs = 50;

/** Tasks of the threads that run scripts, layout and paint: time in it, and time on the clock, which others take part of. */
export function sayTasks(events: readonly TraceEvent[]): void {
  for (const thread of events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')) {
    const ofThread = events.filter(({ ph, pid, tid }) => ph === 'X' && pid === thread.pid && tid === thread.tid);
    const tasks = ofThread.filter(({ name }) => name === 'RunTask');
    if (tasks.length === 0) continue;
    for (const [label, field] of [
      ['tasks of the page, time of the thread', 'tdur'],
      ['tasks of the page, time on the clock', 'dur'],
    ] as const) {
      const times = tasks.map((task) => (task[field] ?? 0) / 1000).filter((ms) => ms >= leastTaskMs);
      times.sort((a, b) => a - b);
      const at = (part: number): string =>
        (times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0).toFixed(1);
      const long = times.filter((ms) => ms > longTaskMs).length;
      say(
        label,
        `p50 ${at(0.5)} p95 ${at(0.95)} p99 ${at(0.99)} max ${at(1)} ms, ${long} above ${longTaskMs} ms of ${times.length}`,
      );
    }
    for (const task of tasks.filter(({ tdur = 0 }) => tdur > longTaskMs * 1000)) {
      const within = ofThread.filter(
        ({ ts, name }) => name !== 'RunTask' && ts >= task.ts && ts < task.ts + (task.dur ?? 0),
      );
      const longest = [...within].sort((a, b) => (b.dur ?? 0) - (a.dur ?? 0)).slice(0, 4);
      const parts = longest.map(
        ({ name, dur = 0, args }) =>
          `${name} ${(dur / 1000).toFixed(0)} ms ${(args.data?.url ?? '').split('/').slice(-3).join('/')}`,
      );
      say(`  a task of ${((task.tdur ?? 0) / 1000).toFixed(0)} ms`, parts.join(', '));
    }
  }
}
