import assert from 'node:assert/strict';
import { PagedRows } from '../../../webview/common/pagedRows';

interface Asked {
  request: number;
  from: number;
  count: number;
  filter: string;
}

function paged(maxPages = 4): {
  rows: PagedRows<string>;
  asked: Asked[];
  answer: (at: number, total: number) => boolean;
} {
  const asked: Asked[] = [];
  const rows = new PagedRows<string>({
    pageSize: 10,
    maxPages,
    request: (request, from, count, filter) => asked.push({ request, from, count, filter }),
  });
  const answer = (at: number, total: number): boolean => {
    const { request, from, count, filter } = asked[at]!;
    const length = Math.max(0, Math.min(count, total - from));
    return rows.deliver(
      request,
      Array.from({ length }, (_, i) => `${filter}${from + i}`),
      total,
      true,
    );
  };
  return { rows, asked, answer };
}

describe('webview paged rows', () => {
  it('asks for each page once', () => {
    const { rows, asked, answer } = paged();
    rows.setFilter('');
    answer(0, 35);
    rows.need(5, 25);
    rows.need(5, 25);
    assert.deepEqual(
      asked.map((item) => item.from),
      [0, 10, 20],
    );
    answer(1, 35);
    assert.equal(rows.row(12), '12');
    assert.equal(rows.row(22), undefined);
  });

  it('has a few pages on their way at once, and asks for what is looked at when one has come', () => {
    const { rows, asked, answer } = paged();
    rows.setFilter('');
    answer(0, 1000);
    for (let first = 100; first < 900; first += 10) rows.need(first, first + 10);
    assert.ok(asked.length < 10, `${asked.length} pages are on their way`);
    answer(asked.length - 1, 1000);
    rows.need(890, 900);
    assert.equal(asked.at(-1)?.from, 890);
  });

  it('keeps the last good rows until the next result, and drops late answers', () => {
    const { rows, asked, answer } = paged();
    rows.setFilter('');
    answer(0, 10);
    rows.setFilter('slow ');
    assert.equal(rows.row(3), '3');
    rows.setFilter('fast ');
    assert.equal(answer(1, 10), false);
    assert.equal(rows.row(3), '3');
    assert.equal(answer(2, 7), true);
    assert.equal(rows.row(3), 'fast 3');
    assert.equal(rows.total, 7);
    assert.equal(rows.filter, 'fast ');
    assert.equal(asked.length, 3);
  });

  it('keeps the last good rows and goes on with their filter when a new one fails', () => {
    const { rows, asked, answer } = paged();
    rows.setFilter('good ');
    answer(0, 40);
    rows.setFilter('bad ');
    assert.equal(rows.fail(asked[1]!.request, 'no such field'), true);
    assert.equal(rows.error, 'no such field');
    assert.equal(rows.row(3), 'good 3');
    rows.need(10, 20);
    assert.deepEqual(asked[2], { ...asked[2]!, from: 10, filter: 'good ' });
  });

  it('does not ask again and again for a page that failed', () => {
    const { rows, asked, answer } = paged();
    rows.setFilter('');
    answer(0, 40);
    rows.need(10, 20);
    rows.fail(asked[1]!.request, 'file gone');
    rows.need(10, 20);
    assert.equal(asked.length, 2);
  });

  it('asks again for a page that was not full when the list grew, and shows the old one meanwhile', () => {
    const { rows, asked, answer } = paged();
    rows.setFilter('');
    answer(0, 4);
    rows.need(0, 4);
    assert.equal(asked.length, 1);
    rows.setTotal(25);
    rows.need(0, 10);
    assert.equal(asked.length, 2);
    assert.equal(rows.row(2), '2');
    answer(1, 25);
    rows.need(0, 10);
    assert.equal(asked.length, 2);
    assert.equal(rows.row(9), '9');
  });

  it('refreshes what is held, also pages that failed, and starts anew when nothing is', () => {
    const { rows, asked, answer } = paged();
    rows.setFilter('');
    rows.fail(asked[0]!.request, 'not yet');
    rows.refresh();
    answer(1, 20);
    rows.need(10, 20);
    rows.fail(asked[2]!.request, 'not yet');
    rows.refresh();
    rows.need(0, 20);
    assert.deepEqual(
      asked.map((item) => item.from),
      [0, 0, 10, 0, 10],
    );
    assert.equal(rows.row(3), '3');
  });

  it('holds no more pages than its limit', () => {
    const { rows, asked, answer } = paged(2);
    rows.setFilter('');
    answer(0, 100);
    rows.need(10, 30);
    answer(1, 100);
    answer(2, 100);
    assert.equal(rows.row(0), undefined);
    assert.equal(rows.row(25), '25');
    rows.need(0, 5);
    assert.equal(asked.at(-1)?.from, 0);
  });

  it('ignores requests of others', () => {
    const { rows } = paged();
    rows.setFilter('');
    assert.equal(rows.deliver(-1, ['x'], 1, true), false);
    assert.equal(rows.fail(-1, 'x'), false);
    assert.equal(rows.error, null);
  });
});
