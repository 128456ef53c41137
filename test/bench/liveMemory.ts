/**
 * `npm run bench:memory -- [PACKETS] [PACKETS_PER_SECOND]`: what the analysis of a live capture holds in memory, after a full
 * collection, as packets go by: the equal of hours in minutes. Prints what was measured; no test.
 */
import path from 'node:path';
import { restrainHeap } from '../../src/analyzer/heapGrowth';
import { LongCapture } from '../support/longCapture';

const packets = Number(process.argv[2] ?? 7_200_000);
const packetsPerSecond = Number(process.argv[3] ?? 2000);
const recorded = path.resolve(__dirname, '../../../shared/data/lab/mixed/mixed.pcap.gz');
const mebibytes = (bytes: number): string => (bytes / 1048576).toFixed(1);

async function main(): Promise<void> {
  restrainHeap();
  const capture = new LongCapture(recorded, packetsPerSecond);
  await capture.start();
  console.log('packets\tresidentMiB\tlive heapMiB\texternalMiB\topen flows\tfindings');
  for (let sent = 0; sent < packets;) {
    const some = Math.min(400_000, packets - sent);
    await capture.send(some);
    sent += some;
    const resident = process.memoryUsage.rss();
    const { heapBytes, externalBytes } = capture.memory();
    const findings = capture.told.get('findings');
    const snapshot = capture.told.get('snapshot');
    console.log(
      [
        sent,
        mebibytes(resident),
        mebibytes(heapBytes),
        mebibytes(externalBytes),
        snapshot?.type === 'snapshot' ? snapshot.snapshot.flows.open : '',
        findings?.type === 'findings' ? findings.ids.length : '',
      ].join('\t'),
    );
  }
  const last = capture.told.get('snapshot');
  if (last?.type === 'snapshot') console.log(last.snapshot.limits.filter(({ hits }) => hits > 0));
  await capture.close();
}

void main();
