import { joinInterfaces, splitInterfaces } from '../../src/protocol/interfaceNames';
import type { ViewState } from '../../src/protocol/webviewMessages';
import { element } from '../common/dom';
import { safeText } from '../common/format';
import { isBusy } from '../common/statusModel';
import { button, dropdown } from '../common/ui';
import type { Choice } from '../common/ui';
import type { Host } from '../common/vscodeApi';
import { FilterField } from './filterField';
import { InterfaceChecklist } from './interfaceChecklist';
import { interfaceLabel } from './interfaceLabel';
import { t } from '../../src/protocol/l10n';

/** Value of the first choice: the helper picks the interface. */
const autoDetect = '';

/**
 * Interface, filter, start and stop. What a person typed or picked stays theirs until a capture starts with it: states
 * that arrive in the meantime only fill controls that were not touched.
 */
export class Controls {
  readonly element: HTMLElement;
  private readonly interfaces;
  private readonly several: InterfaceChecklist;
  private readonly filter: FilterField;
  private readonly start;
  private readonly stop;
  private readonly pause;
  private readonly restart;
  private readonly options;
  private state: ViewState | null = null;

  constructor(private readonly host: Host) {
    this.interfaces = dropdown({
      label: t('Interface'),
      onChange: (interfaceDraft) => {
        host.saveUi({ interfaceDraft });
        this.showInterfaces();
      },
      onOpen: () => host.post({ type: 'refreshInterfaces' }),
    });
    this.several = new InterfaceChecklist({
      onChange: (names) => {
        host.saveUi({ interfaceDraft: joinInterfaces(names) ?? autoDetect });
        this.showInterfaces();
      },
      onRefresh: () => host.post({ type: 'refreshInterfaces' }),
    });
    this.filter = new FilterField({
      onChange: (filterDraft) => {
        host.saveUi({ filterDraft });
        this.enable();
      },
      onVerdict: () => this.enable(),
      onCommit: () => this.startCapture(),
      validate: (filter) => host.post({ type: 'validateFilter', filter }),
    });
    this.start = button({ label: t('Start'), appearance: 'primary', icon: 'play', onPress: () => this.startCapture() });
    this.stop = button({
      label: t('Stop'),
      appearance: 'secondary',
      icon: 'stop',
      onPress: () => host.post({ type: 'stop' }),
    });
    this.pause = button({
      label: t('Pause view'),
      appearance: 'icon',
      icon: 'pause',
      title: t('Pause view: the capture goes on'),
      onPress: () => host.post({ type: 'pauseView', paused: this.state?.paused === undefined }),
    });
    this.restart = button({
      label: t('Restart with the same settings'),
      appearance: 'icon',
      icon: 'restart',
      onPress: () => host.post({ type: 'restart' }),
    });
    this.options = button({
      label: t('Capture options'),
      appearance: 'icon',
      icon: 'settings',
      onPress: () => host.post({ type: 'captureOptions' }),
    });
    this.element = element(
      'div',
      { class: 'controls', attributes: { role: 'group', 'aria-label': t('Capture') } },
      element(
        'div',
        { class: 'field interface-field' },
        element('span', { class: 'field-label', text: t('Interface'), attributes: { 'aria-hidden': 'true' } }),
        element('div', { class: 'field-row' }, this.interfaces.element, this.several.element),
      ),
      this.filter.element,
      element(
        'div',
        { class: 'control-buttons' },
        this.start.element,
        this.stop.element,
        this.pause.element,
        this.restart.element,
        this.options.element,
      ),
    );
    this.interfaces.value = host.ui.interfaceDraft ?? autoDetect;
    if (host.ui.filterDraft !== null) this.filter.value = host.ui.filterDraft;
    this.enable();
  }

  startCapture(): void {
    if (!this.state?.canCapture || isBusy(this.state.snapshot) || !this.filter.usable) return;
    const interfaces = splitInterfaces(this.interfaces.value, this.state.interfaces);
    this.host.post({ type: 'start', interfaces, filter: this.filter.value.trim() });
  }

  /** What failed is started again as it was, also on another machine, unless something else was chosen since. */
  retry(): void {
    const { interfaceDraft, filterDraft } = this.host.ui;
    if (interfaceDraft === null && filterDraft === null) this.host.post({ type: 'restart' });
    else this.startCapture();
  }

  showVerdict(filter: string, error: string | null): void {
    this.filter.showVerdict(filter, error);
  }

  update(state: ViewState): void {
    const wasBusy = isBusy(this.state?.snapshot ?? null);
    this.state = state;
    const busy = isBusy(state.snapshot);
    const source = state.snapshot?.source;
    // From here on the started capture says what the controls show.
    if (busy && !wasBusy) this.host.saveUi({ filterDraft: null, interfaceDraft: null });
    const running = busy && source?.kind === 'live' ? source : null;
    this.filter.value = running?.filter ?? this.host.ui.filterDraft ?? state.filter;
    this.filter.setRecent(state.recentFilters);
    this.showInterfaces();
    this.enable();
  }

  /** What captures, what was chosen for the next capture, or what was captured on last. */
  private showInterfaces(): void {
    const { state } = this;
    if (state === null) return;
    const source = isBusy(state.snapshot) ? state.snapshot?.source : null;
    const running = source?.kind === 'live' ? source.interface : null;
    const wanted = running ?? this.host.ui.interfaceDraft ?? state.selectedInterface ?? autoDetect;
    const choices: Choice[] = [{ value: autoDetect, label: t('Auto-detect') }];
    for (const info of state.interfaces.filter((one) => one.pseudo !== true || one.name === wanted))
      choices.push({ value: info.name, label: interfaceLabel(info) });
    if (!choices.some((choice) => choice.value === wanted))
      choices.push({ value: wanted, label: safeText(wanted, 100) });
    this.interfaces.value = wanted;
    this.interfaces.setChoices(choices);
    this.several.update(state.interfaces, splitInterfaces(wanted, state.interfaces));
  }

  private enable(): void {
    const snapshot = this.state?.snapshot ?? null;
    const busy = isBusy(snapshot);
    const editable = !busy && this.state?.canCapture === true;
    this.interfaces.setEnabled(editable);
    this.several.setEnabled(editable);
    this.filter.setEnabled(editable);
    this.start.setEnabled(editable && this.filter.usable);
    this.start.setVisible(!busy);
    this.stop.setVisible(busy);
    this.stop.setEnabled(snapshot?.state !== 'stopping');
    const capturing = snapshot?.state === 'capturing';
    this.pause.setVisible(capturing);
    this.pause.setPressed(this.state?.paused !== undefined);
    this.restart.setVisible(snapshot !== null && this.state?.canCapture === true);
    this.restart.setEnabled(!busy || capturing);
    this.options.setVisible(this.state?.canCapture === true);
    this.stop.setLabel(snapshot?.state === 'authorising' ? t('Cancel') : t('Stop'));
  }
}
