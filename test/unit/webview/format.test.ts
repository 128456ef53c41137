import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatBitRate,
  formatBytes,
  formatClock,
  formatCount,
  formatElapsed,
  formatEndpoint,
  formatMilliseconds,
  formatPacketRate,
  formatPacketTime,
  formatPercent,
  formatShortCount,
  formatSpan,
  plural,
  safeLines,
  safeText,
  setFormatLocale,
} from '../../../webview/common/format';

describe('webview format', () => {
  before(() => setFormatLocale('en-US'));
  after(() => setFormatLocale(undefined));

  it('writes sizes in IEC units and rates in SI bits', () => {
    assert.equal(formatBytes(0), '0 B');
    assert.equal(formatBytes(1023), '1,023 B');
    assert.equal(formatBytes(1024), '1 KiB');
    assert.equal(formatBytes(1_572_864), '1.5 MiB');
    assert.equal(formatBitRate(125), '1 kbit/s');
    assert.equal(formatBitRate(1_540_000), '12.3 Mbit/s');
  });

  it('never prints a thousand of a smaller unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), (bytesPerSecond) => {
        const [value = ''] = formatBitRate(bytesPerSecond).split(' ');
        assert.ok(Number(value.replaceAll(',', '')) < 1000 || formatBitRate(bytesPerSecond).endsWith('Tbit/s'));
      }),
    );
  });

  it('groups counts and shortens them from a million on', () => {
    assert.equal(formatCount(1_234_567), '1,234,567');
    assert.equal(formatShortCount(999_999), '999,999');
    assert.equal(formatShortCount(1_234_567), '1.23 M');
    assert.equal(formatShortCount(2_500_000_000), '2.5 G');
    assert.equal(formatPacketRate(0.5), '0.5 pkt/s');
    assert.equal(formatPacketRate(12_345.6), '12,346 pkt/s');
  });

  it('keeps unknown apart from zero', () => {
    assert.equal(formatMilliseconds(null), '–');
    assert.equal(formatMilliseconds(NaN), '–');
    assert.equal(formatMilliseconds(0), '0 ms');
    assert.equal(formatPercent(null), '–');
    assert.equal(formatPercent(0), '0 %');
    assert.equal(formatPercent(0.0004), '< 0.01 %');
  });

  it('picks the unit of a delay', () => {
    assert.equal(formatMilliseconds(0.35), '350 µs');
    assert.equal(formatMilliseconds(12.34), '12.3 ms');
    assert.equal(formatMilliseconds(1500), '1.5 s');
  });

  it('writes spans and clocks', () => {
    assert.equal(formatElapsed(7_900), '0:07');
    assert.equal(formatElapsed(3_723_000), '1:02:03');
    assert.equal(formatElapsed(-5), '0:00');
    assert.equal(formatSpan(350), '350 ms');
    assert.equal(formatSpan(59_960), '1 min');
    assert.equal(formatSpan(250_000), '4 min 10 s');
    assert.equal(formatSpan(7_500_000), '2 h 5 min');
    assert.equal(formatSpan(90_000_000), '1 d 1 h');
  });

  it('writes local time, with microseconds for packets', () => {
    const local = new Date(2026, 2, 14, 9, 5, 7, 42);
    assert.equal(formatClock(local.getTime()), '09:05:07');
    assert.equal(formatClock(local.getTime(), 60_000), '09:05');
    assert.equal(formatClock(local.getTime(), 1), '09:05:07.042');
    assert.equal(formatPacketTime(local.getTime() / 1000 + 0.000_017), '09:05:07.042017');
    assert.equal(formatPacketTime(Infinity), '–');
    assert.equal(formatPacketTime(1e300), '–');
  });

  it('puts IPv6 addresses with ports in brackets', () => {
    assert.equal(formatEndpoint('10.0.0.1', 80), '10.0.0.1:80');
    assert.equal(formatEndpoint('2001:db8::1', 443), '[2001:db8::1]:443');
    assert.equal(formatEndpoint('2001:db8::1', null), '2001:db8::1');
  });

  it('counts in words', () => {
    assert.equal(plural(1, 'packet'), '1 packet');
    assert.equal(plural(1200, 'packet'), '1,200 packets');
    assert.equal(plural(2, 'oddity', 'oddities'), '2 oddities');
  });

  it('shows control and direction characters of hostile text as dots and caps its length', () => {
    assert.equal(safeText('a\u0000b\u001b[31m\u202egnp.exe\u2066\n'), 'a·b·[31m·gnp.exe··');
    assert.equal(safeText('x'.repeat(1000), 10), `${'x'.repeat(9)}…`);
    assert.equal(safeLines('a\r\n\u202eb\n\u0000', 100), 'a\n·b\n·');
    assert.equal(safeLines('ab\ncd', 4), 'ab\nc');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        const safe = safeText(text, 100);
        assert.ok(safe.length <= 100);
        assert.doesNotMatch(safe, /\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('falls back to the language of the browser when the tag is not one', () => {
    setFormatLocale('not a tag!');
    assert.doesNotThrow(() => formatCount(1234));
    setFormatLocale('de');
    assert.equal(formatCount(1234), '1.234');
    setFormatLocale('en-US');
  });
});
