import type { DoctorCheck, DoctorReport } from '../../src/protocol/doctor';
import type { DoctorPageState, FromDoctorPage } from '../../src/protocol/doctorPage';
import { element, icon, setText, setVisible } from '../common/dom';
import { safeText } from '../common/format';
import { button, progressRing } from '../common/ui';
import { t } from '../../src/protocol/l10n';

const verdictTitles: Record<DoctorReport['verdict'], string> = {
  ready: t('Ready to capture'),
  asks: t('A capture will ask for a password'),
  blocked: t('Capturing does not work yet'),
};
const stateWords: Record<DoctorCheck['state'], string> = {
  ok: t('in order'),
  note: t('note'),
  problem: t('in the way'),
};
const stateIcons = { ok: 'check', note: 'info', problem: 'error' } as const;

/** What stands between this machine and a capture, with the one command that repairs it. */
export class DoctorView {
  private readonly title = element('h1', { class: 'doctor-title' });
  private readonly summary = element('p', { class: 'doctor-summary', attributes: { role: 'status' } });
  private readonly ring = progressRing();
  private readonly repair: HTMLElement;
  private readonly command = element('code', { class: 'doctor-command' });
  private readonly repairTitle = element('h2');
  private readonly checks = element('ul', { class: 'doctor-checks' });
  private readonly checksCard: HTMLElement;
  private readonly start;
  private readonly again;
  private readonly trust;
  private readonly log;

  constructor(root: HTMLElement, post: (message: FromDoctorPage) => void) {
    const press = (label: string, appearance: 'primary' | 'secondary', type: FromDoctorPage['type'], title?: string) =>
      button({
        label,
        appearance,
        onPress: () => post({ type } as FromDoctorPage),
        ...(title === undefined ? {} : { title }),
      });
    this.start = press(t('Start Capture'), 'primary', 'startCapture');
    this.again = press(t('Check Again'), 'secondary', 'again');
    this.trust = press(t('Manage Workspace Trust'), 'primary', 'trust');
    this.log = press(t('Show Log'), 'secondary', 'showLog');
    this.repair = element(
      'section',
      { class: 'card doctor-repair', attributes: { 'aria-label': t('Repair') } },
      this.repairTitle,
      this.command,
      element(
        'div',
        { class: 'doctor-buttons' },
        press(t('Copy Command'), 'secondary', 'copyCommand').element,
        press(t('Type in Terminal'), 'secondary', 'toTerminal', t('Types the command into a terminal; you press Enter'))
          .element,
      ),
    );
    this.checksCard = element(
      'section',
      { class: 'card', attributes: { 'aria-labelledby': 'checks-title' } },
      element('h2', { text: t('What was looked at'), attributes: { id: 'checks-title' } }),
      this.checks,
    );
    root.append(
      element(
        'header',
        { class: 'doctor-header' },
        element('div', { class: 'doctor-line' }, this.ring, this.title),
        this.summary,
      ),
      element(
        'div',
        { class: 'doctor-buttons' },
        ...[this.start, this.trust, this.again, this.log].map((control) => control.element),
      ),
      this.repair,
      this.checksCard,
    );
  }

  draw({ report, examining, error, trusted }: DoctorPageState): void {
    setVisible(this.ring, examining);
    setText(this.title, titleOf(report, error, trusted));
    setText(this.summary, summaryOf(report, error, trusted));
    this.start.setVisible(trusted && report !== null && report.verdict !== 'blocked');
    this.again.setVisible(trusted);
    this.again.setEnabled(!examining);
    this.trust.setVisible(!trusted);
    this.log.setVisible(error !== null);
    const command = trusted ? (report?.command ?? null) : null;
    setVisible(this.repair, command !== null);
    setText(this.command, command ?? '');
    setText(
      this.repairTitle,
      report?.verdict === 'blocked' ? t('The command that repairs it') : t('The command that ends the asking'),
    );
    const checks = trusted ? (report?.checks ?? []) : [];
    setVisible(this.checksCard, checks.length > 0);
    this.checks.replaceChildren(...checks.map(checkItem));
  }
}

function titleOf(report: DoctorReport | null, error: string | null, trusted: boolean): string {
  if (!trusted) return t('This workspace is not trusted');
  if (error !== null) return t('It could not be found out');
  return report === null ? t('Looking at this machine') : verdictTitles[report.verdict];
}

function summaryOf(report: DoctorReport | null, error: string | null, trusted: boolean): string {
  if (!trusted)
    return t('Looking runs programs of this machine, and a capture one with more rights. Capture files can be viewed.');
  return safeText(error ?? report?.summary ?? '', 600);
}

function checkItem({ name, state, found }: DoctorCheck): HTMLElement {
  const mark = icon(stateIcons[state]);
  return element(
    'li',
    { class: `doctor-check ${state}` },
    mark,
    element('span', { class: 'hidden-text', text: `${stateWords[state]}: ` }),
    element('span', { class: 'doctor-name', text: safeText(name, 120) }),
    element('span', { class: 'doctor-found', text: safeText(found, 400) }),
  );
}
