import assert from 'node:assert/strict';
import { tableColumns, tableNames } from '../../../src/protocol/tables';
import { columnsOf, editorColumns, tableWidthPx } from '../../../webview/capture-editor/tableColumns';

describe('columns of the tables of a capture file', () => {
  const flows = tableColumns.flows.map(({ id }) => id);

  it('leave out the program, which no file tells, and nothing else', () => {
    const shown = editorColumns('flows').map(({ id }) => id);
    assert.ok(flows.includes('program'));
    assert.deepEqual(
      shown,
      flows.filter((id) => id !== 'program'),
    );
    for (const name of tableNames) if (name !== 'flows') assert.deepEqual(editorColumns(name), tableColumns[name]);
  });

  it('show the cells of their own column behind the one that is left out', () => {
    const row = { cells: flows.map((id) => `cell ${id}`), filter: '', packet: null };
    for (const [at, column] of columnsOf('flows').entries())
      assert.equal(column.text(row), `cell ${editorColumns('flows')[at]?.id}`);
    assert.ok(tableWidthPx('flows') > 0);
  });
});
