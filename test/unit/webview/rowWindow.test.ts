import assert from 'node:assert/strict';
import fc from 'fast-check';
import { maxScrollHeightPx, pagesOf, rowWindow, scrollTopForRow } from '../../../webview/common/rowWindow';
import type { RowWindowInput } from '../../../webview/common/rowWindow';

const input = (change: Partial<RowWindowInput>): RowWindowInput => ({
  rowCount: 1000,
  rowHeightPx: 22,
  viewportHeightPx: 220,
  scrollTopPx: 0,
  overscan: 5,
  ...change,
});

const anyInput = fc.record({
  rowCount: fc.integer({ min: 0, max: 50_000_000 }),
  rowHeightPx: fc.constantFrom(18, 22, 30),
  viewportHeightPx: fc.integer({ min: 1, max: 2000 }),
  scrollTopPx: fc.double({ min: -100, max: 10_000_000, noNaN: true }),
  overscan: fc.integer({ min: 0, max: 30 }),
});

describe('webview row window', () => {
  it('holds the rows of the viewport and the overscan', () => {
    const at = rowWindow(input({ scrollTopPx: 2200 }));
    assert.equal(at.first, 95);
    assert.equal(at.end, 116);
    assert.equal(at.offsetPx, 95 * 22);
    assert.equal(at.scrollHeightPx, 22_000);
  });

  it('covers the viewport at every scroll position of every length', () => {
    fc.assert(
      fc.property(anyInput, (each) => {
        const at = rowWindow(each);
        const scrollTop = Math.min(
          Math.max(0, each.scrollTopPx),
          Math.max(0, at.scrollHeightPx - each.viewportHeightPx),
        );
        assert.ok(at.first >= 0 && at.end <= each.rowCount && at.first <= at.end);
        assert.ok(at.end - at.first <= Math.ceil(each.viewportHeightPx / each.rowHeightPx) + 2 + 2 * each.overscan);
        assert.ok(at.scrollHeightPx <= maxScrollHeightPx);
        // Rounding of a scaled scroll bar is far below a pixel.
        assert.ok(at.offsetPx <= scrollTop + 0.01, 'the first row starts at or above the viewport');
        const bottom = at.offsetPx + (at.end - at.first) * each.rowHeightPx;
        const needed = Math.min(scrollTop + each.viewportHeightPx, each.rowCount * each.rowHeightPx);
        assert.ok(bottom >= needed - 0.01, 'the last row ends at or below the viewport');
      }),
    );
  });

  it('reaches the first and the last row of a list that is higher than a browser can lay out', () => {
    const long = input({ rowCount: 10_000_000 });
    assert.equal(rowWindow(long).first, 0);
    const end = rowWindow({ ...long, scrollTopPx: maxScrollHeightPx });
    assert.equal(end.end, 10_000_000);
    assert.ok(Math.abs(end.offsetPx + (end.end - end.first) * 22 - maxScrollHeightPx) < 0.01);
  });

  it('scrolls a row into view, and not at all when it is there', () => {
    fc.assert(
      fc.property(anyInput, fc.double({ min: 0, max: 1, noNaN: true }), (each, part) => {
        fc.pre(each.rowCount > 0 && each.viewportHeightPx >= each.rowHeightPx);
        const row = Math.floor(part * (each.rowCount - 1));
        const scrollTopPx = scrollTopForRow({ ...each, scrollTopPx: Math.max(0, each.scrollTopPx) }, row);
        const at = rowWindow({ ...each, scrollTopPx, overscan: 0 });
        assert.ok(row >= at.first && row < at.end);
      }),
    );
    assert.equal(scrollTopForRow(input({ scrollTopPx: 440 }), 25), 440);
    assert.ok(Math.abs(scrollTopForRow(input({ scrollTopPx: 440 }), 19) - 418) < 0.001);
  });

  it('names the pages of a range', () => {
    assert.deepEqual(pagesOf(0, 200, 200), [0]);
    assert.deepEqual(pagesOf(199, 401, 200), [0, 1, 2]);
    assert.deepEqual(pagesOf(5, 5, 200), [0]);
    assert.deepEqual(pagesOf(0, 0, 200), []);
  });
});
