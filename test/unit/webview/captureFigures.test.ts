import assert from 'node:assert/strict';
import { captureFigures } from '../../../webview/common/captureFigures';
import { setFormatLocale } from '../../../webview/common/format';
import { statusModel } from '../../../webview/common/statusModel';
import { dashboardStates, fixtureSnapshot } from '../../e2e/preview/fixtures';

describe('the strip of the capture itself', () => {
  before(() => setFormatLocale('en-US'));
  after(() => setFormatLocale(undefined));
  const figures = (state: string) =>
    new Map(captureFigures(dashboardStates[state]!().snapshot).map((figure) => [figure.id, figure]));

  it('shows what is unknown as unknown, and never as 0', () => {
    const shown = figures('capturing');
    assert.deepEqual([...shown.keys()], ['packets', 'bytes', 'kernel', 'shed', 'lag', 'disk', 'model']);
    assert.equal(shown.get('kernel')?.value, 'unknown');
    assert.equal(shown.get('kernel')?.tone, 'unknown');
    assert.match(shown.get('kernel')?.title ?? '', /cap does not tell/);
    assert.equal(shown.get('shed')?.value, '42');
    assert.equal(shown.get('shed')?.tone, 'warning');
    assert.equal(shown.get('lag')?.value, '12.4 ms');
  });

  it('shows each of several interfaces, the one that went away, and a lag that is no longer now', () => {
    const shown = figures('several');
    assert.deepEqual([...shown.keys()].slice(7), ['interface-0', 'interface-1', 'interface-2']);
    assert.match(shown.get('interface-2')?.value ?? '', /ended/);
    assert.match(shown.get('interface-2')?.title ?? '', /went away/);
    assert.equal(shown.get('lag')?.tone, 'warning');
    assert.match(shown.get('disk')?.title ?? '', /120,000 older packets/);
  });

  it('says what the model does, and that it is behind, failed, replaced or off', () => {
    const words = (state: string): string[] => {
      const { value = '', tone = '', title = '' } = figures(state).get('model') ?? {};
      return [value, tone, title];
    };
    assert.deepEqual(words('capturing'), [
      '618 flows',
      'normal',
      '618 flows were scored.\nAt most 57 waited at once, for 244 ms at most.',
    ]);
    assert.deepEqual(words('several').slice(0, 2), ['3.4 s behind', 'warning']);
    assert.match(words('several')[2] ?? '', /Scores come late.*\n618 flows were scored/);
    assert.deepEqual(words('broken').slice(0, 2), ['failed', 'warning']);
    assert.deepEqual(words('finished').slice(0, 2), ['the shipped one', 'warning']);
    assert.match(words('finished')[2] ?? '', /refused/);
    assert.deepEqual(words('stopping').slice(0, 2), ['off', 'unknown']);
    assert.match(words('stopping')[2] ?? '', /only the rules/);
  });

  it('is not there for files and before a capture', () => {
    assert.deepEqual(captureFigures(null), []);
    assert.deepEqual(captureFigures(fixtureSnapshot('file')), []);
  });

  it('the status says why a capture ended by itself', () => {
    const live = dashboardStates['several']!().snapshot!.live!;
    const text = (stoppedBy: 'asked' | 'time' | 'finding'): string =>
      statusModel(fixtureSnapshot('live', { state: 'finished', live: { ...live, stoppedBy } }), 0).text;
    assert.equal(text('asked'), 'Finished on eth0');
    assert.equal(text('time'), 'Finished on eth0: its time was up');
    assert.equal(text('finding'), 'Finished on eth0: there was a finding');
  });
});
