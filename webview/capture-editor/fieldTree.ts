import type { PacketField, PacketTree } from '../../src/protocol/packetTree';
import { element, setAttribute } from '../common/dom';
import { fieldFilter, filterContext } from '../common/filterContext';
import { safeText } from '../common/format';
import { bitPattern, fieldLine } from './packetText';
import { t } from '../../src/protocol/l10n';

const maxLineLength = 400;

interface Entry {
  field: PacketField;
  depth: number;
  parent: Entry | null;
  node: HTMLElement;
  /** What the expansion is remembered by, from packet to packet. */
  key: string;
}

/**
 * Fields of a packet after the ARIA tree pattern: one stop for the Tab key; arrows move, open and close. What was
 * opened stays open for the next packet.
 */
export class FieldTree {
  readonly element: HTMLElement;
  private tree: PacketTree | null = null;
  private entries: Entry[] = [];
  private readonly open = new Set<string>();
  private current: Entry | null = null;
  private nextId = 0;

  constructor(private readonly onSelect: (field: PacketField) => void) {
    this.element = element('div', {
      class: 'field-tree',
      attributes: { role: 'tree', tabindex: '0', 'aria-label': t('Fields') },
    });
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.element.addEventListener('click', (event) => this.click(event));
    this.element.addEventListener('contextmenu', (event) => this.select(this.entryAt(event)));
  }

  /** The selected field; null when there is none. */
  get selected(): PacketField | null {
    return this.current?.field ?? null;
  }

  show(tree: PacketTree | null): void {
    const wanted = this.current?.key ?? null;
    this.tree = tree;
    this.draw();
    this.mark(this.entries.find(({ key }) => key === wanted) ?? this.entries[0] ?? null);
  }

  /** Opens what is around the field and selects it. */
  reveal(path: readonly PacketField[]): void {
    let key = '';
    for (const field of path.slice(0, -1)) {
      key += `/${nameOf(field)}`;
      this.open.add(key);
    }
    this.draw();
    const last = path.at(-1);
    this.mark(this.entries.find(({ field }) => field === last) ?? null);
  }

  private draw(): void {
    this.entries = [];
    const visit = (fields: readonly PacketField[], depth: number, parent: Entry | null): void => {
      fields.forEach((field, index) => {
        const entry = this.entry(field, depth, parent, index, fields.length);
        this.entries.push(entry);
        if (this.open.has(entry.key)) visit(field.children, depth + 1, entry);
      });
    };
    visit(this.tree?.fields ?? [], 1, null);
    this.element.replaceChildren(...this.entries.map(({ node }) => node));
  }

  private entry(field: PacketField, depth: number, parent: Entry | null, index: number, count: number): Entry {
    const key = `${parent?.key ?? ''}/${nameOf(field)}`;
    const bits = bitPattern(field, this.tree?.sources[field.source]?.bytes ?? new Uint8Array(0));
    const node = element(
      'div',
      {
        class: `tree-item depth-${Math.min(depth, 9)}`,
        title: field.name === '' ? '' : safeText(field.name, 100),
        attributes: {
          role: 'treeitem',
          id: `field-${this.nextId++}`,
          'aria-level': String(depth),
          'aria-setsize': String(count),
          'aria-posinset': String(index + 1),
          'aria-selected': 'false',
        },
      },
      element('span', { class: 'twisty', attributes: { 'aria-hidden': 'true' } }),
    );
    const filter = fieldFilter(field, this.tree?.by ?? 'own');
    if (filter !== null) node.setAttribute('data-vscode-context', filterContext(filter));
    if (field.children.length > 0) node.setAttribute('aria-expanded', String(this.open.has(key)));
    if (bits !== '') node.append(element('span', { class: 'field-bits', text: bits }));
    node.append(element('span', { class: 'field-line', text: safeText(fieldLine(field), maxLineLength) }));
    if (field.note !== undefined) {
      node.append(element('span', { class: 'field-note', text: `⚠ ${safeText(field.note, maxLineLength)}` }));
    }
    return { field, depth, parent, node, key };
  }

  private mark(entry: Entry | null): void {
    this.current?.node.setAttribute('aria-selected', 'false');
    this.current = entry;
    setAttribute(this.element, 'aria-activedescendant', entry?.node.id ?? null);
    entry?.node.setAttribute('aria-selected', 'true');
    entry?.node.scrollIntoView({ block: 'nearest' });
  }

  private select(entry: Entry | undefined | null): void {
    if (!entry) return;
    this.mark(entry);
    this.onSelect(entry.field);
  }

  private toggle(entry: Entry, open: boolean): void {
    if (entry.field.children.length === 0) return;
    if (open) this.open.add(entry.key);
    else this.open.delete(entry.key);
    const { field } = entry;
    this.draw();
    this.mark(this.entries.find((each) => each.field === field) ?? null);
  }

  private entryAt(event: MouseEvent): Entry | undefined {
    const node = event.target instanceof Element ? event.target.closest('.tree-item') : null;
    return this.entries.find((each) => each.node === node);
  }

  private click(event: MouseEvent): void {
    const entry = this.entryAt(event);
    if (!entry) return;
    const onTwisty = event.target instanceof Element && event.target.classList.contains('twisty');
    this.select(entry);
    if (onTwisty || event.detail === 2) this.toggle(entry, !this.open.has(entry.key));
  }

  private key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || this.entries.length === 0) return;
    const at = this.current === null ? -1 : this.entries.indexOf(this.current);
    const entry = this.entries[at];
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.select(this.entries[Math.min(at + 1, this.entries.length - 1)]),
      ArrowUp: () => this.select(this.entries[Math.max(0, at - 1)]),
      Home: () => this.select(this.entries[0]),
      End: () => this.select(this.entries.at(-1)),
      ArrowRight: () => {
        if (!entry || entry.field.children.length === 0) return;
        if (this.open.has(entry.key)) this.select(this.entries[at + 1]);
        else this.toggle(entry, true);
      },
      ArrowLeft: () => {
        if (!entry) return;
        if (this.open.has(entry.key)) this.toggle(entry, false);
        else this.select(entry.parent);
      },
      Enter: () => entry && this.toggle(entry, !this.open.has(entry.key)),
      ' ': () => entry && this.toggle(entry, !this.open.has(entry.key)),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }
}

function nameOf(field: PacketField): string {
  return field.name === '' ? field.label : field.name;
}
