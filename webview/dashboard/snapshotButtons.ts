import { element } from '../common/dom';
import { button } from '../common/ui';
import type { Host } from '../common/vscodeApi';
import { t } from '../../src/protocol/l10n';

const pngPrefix = 'data:image/png;base64,';

/** The dashboard as a picture or as a report; hidden while there is nothing in it. */
export class SnapshotButtons {
  readonly element: HTMLElement;

  /** @param picture draws what the dashboard shows now */
  constructor(host: Host, picture: () => HTMLCanvasElement | null) {
    const small = (label: string, title: string, onPress: () => void): HTMLElement => {
      const control = button({ label, title, appearance: 'secondary', onPress });
      control.element.classList.add('small-button');
      return control.element;
    };
    this.element = element(
      'div',
      { class: 'exports', attributes: { role: 'group', 'aria-label': t('Snapshot of the dashboard') } },
      small(t('Picture…'), t('Save the dashboard as a PNG picture'), () => {
        const url = picture()?.toDataURL('image/png') ?? '';
        if (url.startsWith(pngPrefix)) host.post({ type: 'savePicture', png: url.slice(pngPrefix.length) });
      }),
      small(t('Report'), t('Open the figures of the dashboard as a Markdown document'), () =>
        host.post({ type: 'openReport' }),
      ),
    );
    this.element.hidden = true;
  }

  setVisible(visible: boolean): void {
    this.element.hidden = !visible;
  }
}
