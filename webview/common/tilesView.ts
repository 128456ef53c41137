import { element, icon, setText, setTitle, setVisible } from './dom';
import type { TileModel } from './tileModels';
import { t } from '../../src/protocol/l10n';

/** Row of numbers at a glance. Tiles are kept by id, so that an update writes text and nothing else. */
export class TilesView {
  readonly element = element('dl', { class: 'tiles' });
  private readonly tiles = new Map<
    string,
    { node: HTMLElement; value: HTMLElement; label: HTMLElement; detail: HTMLElement; lossy: HTMLElement }
  >();

  update(models: readonly TileModel[]): void {
    const wanted = new Set(models.map((model) => model.id));
    for (const [id, tile] of this.tiles)
      if (!wanted.has(id)) {
        tile.node.remove();
        this.tiles.delete(id);
      }
    models.forEach((model, index) => {
      const tile = this.tiles.get(model.id) ?? this.add(model.id);
      if (this.element.children[index] !== tile.node)
        this.element.insertBefore(tile.node, this.element.children[index] ?? null);
      setText(tile.label, model.label);
      setText(tile.value, model.value);
      setText(tile.detail, model.detail);
      setTitle(tile.node, model.title);
      setVisible(tile.lossy, model.lossy === true);
      if (tile.node.dataset['tone'] !== model.tone) tile.node.dataset['tone'] = model.tone;
    });
  }

  private add(id: string) {
    const label = element('span');
    const value = element('span', { class: 'tile-value' });
    const detail = element('span', { class: 'tile-detail' });
    const lossy = element('span', {
      class: 'tile-lossy',
      text: t('lossy'),
      title: t('Packets are missing in this capture, and so in this figure'),
    });
    lossy.hidden = true;
    const node = element(
      'div',
      { class: 'tile' },
      element('dt', {}, label, lossy, icon('warning')),
      element('dd', {}, value, detail),
    );
    node.dataset['tile'] = id;
    const tile = { node, value, label, detail, lossy };
    this.tiles.set(id, tile);
    return tile;
  }
}
