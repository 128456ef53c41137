import assert from 'node:assert/strict';
import { damageBanner, fileFacts, linkTypeLabel, partBanner } from '../../../webview/capture-editor/fileFacts';
import { packetColumns, talkerColumns } from '../../../webview/common/columns';
import { setFormatLocale } from '../../../webview/common/format';
import {
  announcement,
  bannerModel,
  factModels,
  fileName,
  readingProgress,
  statusModel,
} from '../../../webview/common/statusModel';
import { interfaceLabel } from '../../../webview/dashboard/interfaceLabel';
import { captureErrorCodes } from '../../../src/protocol/captureWire';
import type { FileSource, LiveSource, Snapshot } from '../../../src/protocol/snapshot';
import { captureEditorStates, dashboardStates, fixturePacket, fixtureSnapshot } from '../../e2e/preview/fixtures';

const snapshotOf = (states: typeof dashboardStates, name: string): Snapshot => states[name]!().snapshot!;

describe('webview status', () => {
  before(() => setFormatLocale('en-US'));
  after(() => setFormatLocale(undefined));

  it('names every state of a run', () => {
    const text = (name: string): string => statusModel(dashboardStates[name]!().snapshot, 65_000).text;
    assert.equal(text('idle'), 'Not capturing');
    assert.equal(text('authorising'), 'Waiting for permission');
    assert.equal(text('capturing'), 'Capturing on eth0');
    assert.equal(text('stopping'), 'Stopping');
    assert.equal(text('finished'), 'Finished on eth0');
    assert.equal(text('failed'), 'Could not capture');
    assert.equal(text('broken'), 'Ended by an error');
    assert.equal(statusModel(snapshotOf(dashboardStates, 'capturing'), 65_000).elapsed, '1:05');
    assert.equal(statusModel(snapshotOf(captureEditorStates, 'read'), 0).text, 'Read office-friday-afternoon.pcapng');
  });

  it('has a title of its own for every failure, and asks again only where that can help', () => {
    const titles = new Set<string>();
    for (const code of captureErrorCodes) {
      const failed = fixtureSnapshot('live', { state: 'failed', failure: { code, message: 'm', hint: 'h' } });
      const banner = bannerModel(failed, true);
      titles.add(banner?.title ?? '');
      assert.equal(banner?.text, 'm\nh');
      assert.equal(banner.kind, code === 'CANCELLED' ? 'info' : 'error');
      assert.ok(banner.actions.includes('retry'));
      assert.ok(!bannerModel(failed, false)?.actions.includes('retry'));
    }
    assert.equal(titles.size, captureErrorCodes.length);
  });

  it('explains a workspace that is not trusted and a filter that nothing passes', () => {
    assert.match(bannerModel(null, false)?.title ?? '', /not trusted/);
    assert.equal(bannerModel(null, true), null);
    assert.match(bannerModel(snapshotOf(dashboardStates, 'listening'), true)?.text ?? '', /"tcp or udp"/);
    assert.equal(bannerModel(snapshotOf(dashboardStates, 'capturing'), true), null);
  });

  it('says where packets come from, and warns of a helper that kept root', () => {
    const ids = (source: Partial<LiveSource>): string[] => {
      const live = snapshotOf(dashboardStates, 'capturing').source as LiveSource;
      return factModels(fixtureSnapshot('live', { source: { ...live, ...source } }))
        .filter((fact) => fact.warning || fact.id !== 'notes')
        .map((fact) => fact.id + (fact.warning ? '!' : ''));
    };
    assert.deepEqual(ids({}), ['backend', 'filter', 'time', 'uid']);
    assert.deepEqual(ids({ uid: 0, timestampSource: 'kernel', filter: '' }), ['backend', 'uid!']);
    assert.deepEqual(ids({ uid: null, snapLengthBytes: 256 }), ['backend', 'filter', 'time', 'snapLength']);
    const limited = factModels(snapshotOf(dashboardStates, 'broken')).find((fact) => fact.id === 'limits');
    assert.match(limited?.title ?? '', /flows: limit 100000, 812 times/);
  });

  it('announces changes of state and nothing else', () => {
    const capturing = snapshotOf(dashboardStates, 'capturing');
    const finished = snapshotOf(dashboardStates, 'finished');
    assert.equal(announcement(null, capturing, 0), 'Capturing on eth0.');
    assert.equal(announcement(capturing, { ...capturing, packets: 5 }, 3), '');
    assert.match(announcement(capturing, finished, 3), /^Finished on eth0: [\d,]+ packets, 3 findings\.$/);
    assert.equal(announcement(capturing, { ...capturing, run: 'next' }, 0), 'Capturing on eth0.');
  });

  it('reports progress only while reading', () => {
    const reading = snapshotOf(captureEditorStates, 'reading');
    assert.match(readingProgress(reading)?.text ?? '', /^18 MiB of 46 MiB read \(39 %\)/);
    assert.equal(readingProgress(snapshotOf(captureEditorStates, 'read')), null);
    const source: FileSource = { ...(reading.source as FileSource), sizeBytes: 0 };
    assert.equal(readingProgress({ ...reading, source })?.fraction, 0);
  });

  it('gives the facts and the damage of a file', () => {
    const damaged = snapshotOf(captureEditorStates, 'damaged');
    const source = damaged.source as FileSource;
    assert.deepEqual(
      fileFacts(source, damaged).map((fact) => fact.id),
      ['format', 'linkTypes', 'size', 'span'],
    );
    assert.match(damageBanner(source, damaged)?.text ?? '', /at byte 48,211,000\)/);
    assert.equal(damageBanner({ ...source, damage: null }, damaged), null);
    assert.equal(partBanner(source, damaged), null);
    assert.match(partBanner({ ...source, readBytes: 1024 }, damaged)?.text ?? '', /after 1 KiB of 46 MiB/);
    assert.equal(linkTypeLabel(113), 'Linux cooked');
    assert.equal(linkTypeLabel(999), 'link type 999');
    assert.equal(fileName('C:\\captures\\a.pcap'), 'a.pcap');
  });

  it('labels interfaces by the address that people know', () => {
    const base = { description: null, packetsPerSecond: null };
    const eth0 = { ...base, name: 'eth0', addresses: ['fe80::1', '10.0.0.2'], loopback: false, up: true };
    assert.equal(interfaceLabel(eth0), 'eth0 – 10.0.0.2');
    assert.equal(interfaceLabel({ ...eth0, addresses: [], up: false }), 'eth0 (down)');
    assert.equal(
      interfaceLabel({ ...eth0, name: 'lo', addresses: ['::1'], loopback: true, up: null }),
      'lo – ::1 (loopback)',
    );
  });

  it('cleans every text of a packet that comes from the wire', () => {
    const hostile = '\u001b\u202e';
    const row = { ...fixturePacket(1), source: hostile, destination: hostile, protocol: hostile, info: hostile };
    for (const column of packetColumns)
      assert.doesNotMatch(column.text(row) + (column.title?.(row) ?? ''), /[\u001b\u202e]/);
    const talker = { address: hostile, name: hostile, packets: 1, bytesSent: 1, bytesReceived: 1, local: false };
    for (const column of talkerColumns) assert.doesNotMatch(column.text(talker), /[\u001b\u202e]/);
  });
});
