import type { FigureModel } from '../common/captureFigures';
import { element, setText, setTitle, setVisible } from '../common/dom';
import { t } from '../../src/protocol/l10n';

/** One line of numbers about the capture itself, apart from what its packets say. */
export class CaptureStrip {
  readonly element = element('dl', { class: 'capture-strip', attributes: { 'aria-label': t('The capture itself') } });
  private readonly figures = new Map<string, { node: HTMLElement; label: HTMLElement; value: HTMLElement }>();

  update(models: readonly FigureModel[]): void {
    setVisible(this.element, models.length > 0);
    const wanted = new Set(models.map((model) => model.id));
    for (const [id, figure] of this.figures) {
      if (wanted.has(id)) continue;
      figure.node.remove();
      this.figures.delete(id);
    }
    for (const model of models) {
      const figure = this.figures.get(model.id) ?? this.add(model.id);
      setText(figure.label, model.label);
      setText(figure.value, model.value);
      setTitle(figure.node, model.title);
      figure.node.dataset['tone'] = model.tone;
    }
  }

  private add(id: string) {
    const label = element('dt');
    const value = element('dd');
    const node = element('div', {}, label, value);
    node.dataset['figure'] = id;
    this.element.append(node);
    const figure = { node, label, value };
    this.figures.set(id, figure);
    return figure;
  }
}
