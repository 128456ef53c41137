import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseToWebview } from '../../../webview/common/guards';
import { parseUiState } from '../../../webview/common/vscodeApi';
import {
  captureEditorStates,
  dashboardStates,
  fixturePacket,
  fixtureSnapshot,
  fixtureTableRow,
  fixtureViewState,
} from '../../e2e/preview/fixtures';

describe('webview guards', () => {
  it('let every state through, as structured clone and as JSON deliver it', () => {
    for (const make of [...Object.values(dashboardStates), ...Object.values(captureEditorStates)]) {
      const parsed = parseToWebview(structuredClone(make()));
      assert.deepEqual(parsed, make());
    }
    const state = dashboardStates['capturing']!();
    const lists = Object.fromEntries(
      Object.entries(state.snapshot!.series).map(([name, value]) => [
        name,
        value instanceof Float64Array ? Array.from(value) : value,
      ]),
    );
    const asJson: unknown = JSON.parse(JSON.stringify({ ...state, snapshot: { ...state.snapshot, series: lists } }));
    assert.deepEqual(parseToWebview(asJson), state);
  });

  it('let the other messages through', () => {
    const messages = [
      { type: 'packets', request: 1, rows: [fixturePacket(1)], matched: 1, complete: true },
      { type: 'table', request: 2, rows: [fixtureTableRow('http', 1)], matched: 1, total: 1, leftOut: 0 },
      { type: 'requestFailed', request: 3, message: 'no' },
      { type: 'filterVerdict', filter: 'tcp', error: null },
    ];
    for (const message of messages) assert.deepEqual(parseToWebview(message), message);
  });

  it('refuse rows, findings and series of the wrong shape', () => {
    const refused: unknown[] = [
      null,
      'state',
      { type: 'unheard of' },
      { type: 'packets', request: 1, rows: [{}], matched: 1, complete: true },
      { type: 'packets', request: '1', rows: [], matched: 1, complete: true },
      {
        type: 'table',
        request: 1,
        rows: [{ cells: [{}], filter: '', packet: null }],
        matched: 1,
        total: 1,
        leftOut: 0,
      },
      { type: 'filterVerdict', filter: 1, error: null },
      { ...fixtureViewState(null), findings: [{ id: 'x' }] },
      { ...fixtureViewState(null), snapshot: {} },
      { ...fixtureViewState(null), interfaces: [null] },
      fixtureViewState(
        fixtureSnapshot('live', { series: { ...fixtureSnapshot('live').series, packets: new Float64Array(1) } }),
      ),
      fixtureViewState(fixtureSnapshot('live', { series: { ...fixtureSnapshot('live').series, bucketMs: 0 } })),
      { ...fixtureViewState(null), snapshot: { ...fixtureSnapshot('live'), state: 'unheard of' } },
    ];
    for (const message of refused) assert.equal(parseToWebview(message), null);
  });

  it('never throw, whatever one field is replaced with', () => {
    const paths: [string, string | null][] = [];
    const whole = fixtureViewState(fixtureSnapshot('live'));
    for (const key of Object.keys(whole)) paths.push([key, null]);
    for (const key of Object.keys(whole.snapshot!)) paths.push(['snapshot', key]);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.anything(), ([outer, inner], junk) => {
        const change = inner === null ? { [outer]: junk } : { snapshot: { ...whole.snapshot, [inner]: junk } };
        parseToWebview({ ...whole, ...change });
      }),
    );
    fc.assert(fc.property(fc.anything(), (junk) => void parseToWebview(junk)));
  });

  it('read a stored UI state of any kind', () => {
    fc.assert(
      fc.property(fc.anything(), (junk) => {
        const ui = parseUiState(junk);
        assert.ok(Array.isArray(ui.tables) && ui.scrollTop >= 0);
      }),
    );
    const stored = parseUiState({
      tables: ['loss', 3],
      scrollTop: 12,
      tab: 'flows',
      filterDraft: 'udp',
      protocolUnit: 'packets',
    });
    assert.deepEqual(stored.tables, ['loss']);
    assert.equal(stored.tab, 'flows');
    assert.equal(stored.filterDraft, 'udp');
    assert.equal(stored.interfaceDraft, null);
    assert.equal(stored.protocolUnit, 'packets');
  });
});
