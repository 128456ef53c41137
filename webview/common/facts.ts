import { element, setText, setTitle } from './dom';
import type { FactModel } from './statusModel';
import { t } from '../../src/protocol/l10n';

/** Line of short facts; the explanation of each is in its tooltip and in its accessible description. */
export class FactsView {
  readonly element = element('ul', {
    class: 'facts',
    attributes: { role: 'list', 'aria-label': t('About this capture') },
  });

  update(facts: readonly FactModel[]): void {
    this.element.hidden = facts.length === 0;
    while (this.element.children.length > facts.length) this.element.lastElementChild?.remove();
    facts.forEach((fact, index) => {
      let item = this.element.children[index];
      if (!(item instanceof HTMLElement)) {
        item = element('li');
        this.element.append(item);
      }
      if (!(item instanceof HTMLElement)) return;
      setText(item, fact.text);
      setTitle(item, fact.title);
      item.classList.toggle('warning', fact.warning);
    });
  }
}
