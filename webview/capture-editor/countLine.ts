import { element, setText, setVisible } from '../common/dom';
import { formatCount, plural } from '../common/format';
import { button } from '../common/ui';
import type { PacketList } from './packetList';
import { t } from '../../src/protocol/l10n';

/** Says how many packets are shown and why, and ends what takes long. */
export class CountLine {
  readonly element: HTMLElement;
  private readonly text = element('p', { class: 'row-count', attributes: { role: 'status' } });
  private readonly unsort;
  private readonly stop;
  private readonly goOn;

  constructor(private readonly list: PacketList) {
    const small = (label: string, title: string, onPress: () => void) => {
      const one = button({ label, title, appearance: 'secondary', onPress });
      one.element.classList.add('small-button');
      return one;
    };
    this.unsort = small(
      t('Order of the Capture'),
      t('Show the packets as they were captured; ends a sort that goes on'),
      () => list.unsort(),
    );
    this.stop = small(t('Stop Searching'), t('End the search; the packets that were found stay'), () =>
      list.goOnSearching(false),
    );
    this.goOn = small(t('Go On Searching'), t('Search the rest of the packets, too'), () => list.goOnSearching(true));
    this.element = element(
      'div',
      { class: 'count-line' },
      this.text,
      this.stop.element,
      this.goOn.element,
      this.unsort.element,
    );
  }

  /**
   * @param total packets of the capture
   * @param isTimed only those of the chosen time are shown
   */
  say(total: number, isTimed: boolean): void {
    const { list } = this;
    setVisible(this.unsort.element, list.sort !== null);
    setVisible(this.stop.element, list.search?.state === 'searching');
    setVisible(this.goOn.element, list.search?.state === 'stopped');
    setText(this.text, this.words(plural(total, 'packet'), isTimed ? t(' in the chosen time') : ''));
  }

  private words(packets: string, inTime: string): string {
    const { sort, sortingPercent, search } = this.list;
    const { rows } = this.list.table;
    const count = formatCount(rows.total);
    if (sortingPercent !== null) return t('Sorting… {0} %', sortingPercent);
    if (rows.loading) return t('Searching…');
    if (search !== null && search.state !== 'done') {
      const percent = Math.floor((100 * search.searched) / Math.max(1, search.total));
      return search.state === 'searching'
        ? t('Searching… {0} % of {1}: {2} match so far', percent, packets, count)
        : t('{0} match in the first {1} of {2}', count, formatCount(search.searched), packets);
    }
    if (sort !== null && !rows.complete) return t('the first {0} of {1}, sorted', count, packets);
    if (rows.filter === '' && inTime !== '') return t('{0} of {1} are{2}', count, packets, inTime);
    if (rows.filter === '') return packets;
    const of = t('of {0}', packets);
    return rows.complete
      ? t('{0} {1} match{2}', count, of, inTime)
      : t('{0} ({1}; the search stopped at its limit)', t('first {0} matches', count), of);
  }
}
