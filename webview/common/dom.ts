/** Small helpers to build a document without ever parsing markup: text from the wire can only become text. */

export interface ElementOptions {
  class?: string;
  text?: string;
  title?: string;
  attributes?: Record<string, string>;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: ElementOptions = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (options.class !== undefined) node.className = options.class;
  if (options.title !== undefined) node.title = options.title;
  for (const [name, value] of Object.entries(options.attributes ?? {})) node.setAttribute(name, value);
  if (options.text !== undefined) node.textContent = options.text;
  node.append(...children);
  return node;
}

/** Writes only when the text changed: an untouched node costs no layout and keeps a selection. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function setTitle(node: HTMLElement, title: string): void {
  if (node.title !== title) node.title = title;
}

export function setVisible(node: HTMLElement, visible: boolean): void {
  if (node.hidden === visible) node.hidden = !visible;
}

export function setAttribute(node: Element, name: string, value: string | null): void {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

const iconPaths = {
  play: 'M4 2.5v11l9-5.5z',
  stop: 'M3.5 3.5h9v9h-9z',
  pause: 'M4 3h3v10H4zm5 0h3v10H9z',
  restart: 'M13 2.5v4.2H8.8v-1h2.4A4.5 4.5 0 1 0 12.5 8h1A5.5 5.5 0 1 1 12 4.6V2.5z',
  settings:
    'M2 4h5v1H2zm9 0h3v1h-3zM8 3h2v3H8zM2 11h2v1H2zm6 0h6v1H8zm-3-1h2v3H5zM2 7.5h7v1H2zm11 0h1v1h-1zm-3-1h2v3h-2z',
  checklist:
    'M2 3.6l.7-.7 1 1L5.8 1.8l.7.7L3.7 5.3zM8 3h6v1H8zM2 8.1l.7-.7 1 1 2.1-2.1.7.7-2.8 2.8zM8 7.5h6v1H8zM8 12h6v1H8zm-5.5-.5h2v2h-2z',
  history:
    'M8 2.5A5.5 5.5 0 1 1 2.7 9.4l1-.3A4.5 4.5 0 1 0 4 5.9h1.8v1H2.3V3.4h1v1.8A5.5 5.5 0 0 1 8 2.5zM7.6 5h1v3l2 1.4-.6.8-2.4-1.7z',
  table: 'M2 3h12v10H2zm1 3.2v2.3h3V6.2zm4 0v2.3h6V6.2zm-4 3.3V12h3V9.5zm4 0V12h6V9.5z',
  chart: 'M2 2h1v11h11v1H2zm3.2 6h1.6v4H5.2zm3-4h1.6v8H8.2zm3 2.5h1.6V12h-1.6z',
  warning: 'M8 1.8 15 14H1zm0 2.1L2.7 13h10.6zM7.5 6.7h1v3.5h-1zm0 4.3h1v1h-1z',
  error:
    'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zm0 1a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM5.9 5.2 8 7.3l2.1-2.1.7.7L8.7 8l2.1 2.1-.7.7L8 8.7l-2.1 2.1-.7-.7L7.3 8 5.2 5.9z',
  info: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zm0 1a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM7.5 7h1v4.5h-1zm0-2.2h1V6h-1z',
  pulse: 'M1 8h3l1.8-4.8h.9L9.4 11l1.4-3H15v1h-3.6l-1.7 3.6h-.9L6.2 5.2 4.7 9H1z',
  shield:
    'M8 1.2l5.5 2v4.3c0 3.2-2.2 5.8-5.5 7.3-3.3-1.5-5.5-4.1-5.5-7.3V3.2zm0 1.1L3.5 3.9v3.6c0 2.6 1.7 4.8 4.5 6.2 2.8-1.4 4.5-3.6 4.5-6.2V3.9z',
  save: 'M2.5 2.5h8.7l2.3 2.3v8.7h-11zm1 1v9h1V9h7v3.5h1V5.2l-1.7-1.7h-.3V6h-6V3.5zm2 0V5h4V3.5zm0 6.5v2.5h5V10z',
  check: 'M6.2 12.6 2.4 8.8l.8-.8 3 3 6.6-6.6.8.8z',
  close: 'M8 7.3l3.65-3.65.7.7L8.7 8l3.65 3.65-.7.7L8 8.7l-3.65 3.65-.7-.7L7.3 8 3.65 4.35l.7-.7z',
} as const;
export type IconName = keyof typeof iconPaths;

const svgNamespace = 'http://www.w3.org/2000/svg';

/** Decorative icon in the colour of the text around it. */
export function icon(name: IconName, slot?: string): SVGSVGElement {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('width', '16');
  svg.setAttribute('height', '16');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  if (slot !== undefined) svg.setAttribute('slot', slot);
  const path = document.createElementNS(svgNamespace, 'path');
  path.setAttribute('d', iconPaths[name]);
  path.setAttribute('fill-rule', 'evenodd');
  svg.append(path);
  return svg;
}
