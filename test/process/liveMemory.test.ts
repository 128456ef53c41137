import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { LongCapture } from '../support/longCapture';

const recorded = path.resolve(__dirname, '../../../shared/data/lab/mixed/mixed.pcap.gz');
const packetsPerSecond = 2000;
/** Of some three minutes each; in the first one, tables come to their limits that a few minutes fill. */
const warmUpPackets = 400_000;
const packets = 400_000;

/** What rows and findings may weigh (limits.ts); all else has a limit that the warm-up has come to. */
const rowBytes = 300;
const findingBytes = 12_000;
const slackBytes = 3 * 1024 * 1024;

/** Rows of the tables that keep every message up to a limit, and findings. */
async function kept(capture: LongCapture): Promise<{ rows: number; findings: number }> {
  let rows = 0;
  for (const table of ['dns', 'http', 'tls'] as const) {
    const page = await capture.run.table({ table, from: 0, count: 0, sort: null, search: '', range: null });
    rows += page?.total ?? 0;
  }
  const findings = capture.told.get('findings');
  return { rows, findings: findings?.type === 'findings' ? findings.ids.length : 0 };
}

describe('memory of a live capture', function () {
  this.timeout(900_000);

  it('grows by the rows and findings that it keeps, and by nothing else, as minutes of new hosts go by', async function () {
    if (!existsSync(recorded)) {
      console.log(`      skipped: no ${recorded}`);
      this.skip();
    }
    const capture = new LongCapture(recorded, packetsPerSecond);
    try {
      await capture.start();
      await capture.send(warmUpPackets);
      const [keptBefore, before] = [await kept(capture), capture.memory()];
      await capture.send(packets);
      const [keptAfter, after] = [await kept(capture), capture.memory()];
      const rows = keptAfter.rows - keptBefore.rows;
      const findings = keptAfter.findings - keptBefore.findings;
      assert.ok(rows > 1000 && findings > 10, `the traffic is new: ${rows} rows, ${findings} findings`);
      // Arrays outside of the heap double their size now and then, up to their limits: they are no part of it.
      const grown = after.heapBytes - before.heapBytes;
      const explained = rows * rowBytes + findings * findingBytes;
      const words = `${grown} bytes more, ${explained} of them for ${rows} rows and ${findings} findings`;
      assert.ok(grown <= explained + slackBytes, words);
    } finally {
      await capture.close();
    }
  });
});
