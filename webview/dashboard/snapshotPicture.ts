/** The dashboard as one picture, drawn from what it shows: a page cannot take a picture of itself. */
import type { Finding } from '../../src/protocol/finding';
import type { TalkerRow } from '../../src/protocol/snapshot';
import type { ChartCard } from '../common/chartCard';
import { formatBytes, formatCount, noValueText, safeText } from '../common/format';
import type { ChartTheme } from '../common/theme';
import type { TileModel } from '../common/tileModels';
import { t } from '../../src/protocol/l10n';

export interface PictureContent {
  title: string;
  /** Where the packets are from, when, and what is chosen; one line each. */
  lines: readonly string[];
  tiles: readonly TileModel[];
  cards: readonly ChartCard[];
  findings: readonly Finding[];
  talkers: readonly TalkerRow[];
}

const widthPx = 1600;
const marginPx = 32;
const gapPx = 16;
const tileRowPx = 74;
const tilesInRow = 5;
const chartHeightPx = 250;
const chartsInRow = 3;
const linePx = 22;
/** Rows of each list. */
const maxRows = 12;
/** Twice as many pixels, so that text is sharp on every screen. */
const scale = 2;

/** Draws the picture. Text from the wire is only ever painted. */
export function snapshotPicture(content: PictureContent, theme: ChartTheme): HTMLCanvasElement {
  const { tiles, cards, findings, talkers } = content;
  const tileRows = Math.ceil(tiles.length / tilesInRow);
  const chartRows = Math.ceil(cards.length / chartsInRow);
  const rows = Math.max(1, Math.min(maxRows, Math.max(findings.length, talkers.length)));
  const headPx = marginPx + 34 + content.lines.length * linePx + gapPx;
  const heightPx =
    headPx + tileRows * (tileRowPx + gapPx) + chartRows * (chartHeightPx + gapPx) + (rows + 1) * linePx + 2 * marginPx;
  const canvas = document.createElement('canvas');
  canvas.width = widthPx * scale;
  canvas.height = heightPx * scale;
  const context = canvas.getContext('2d');
  if (context === null) return canvas;
  context.scale(scale, scale);
  const pen = new Pen(context, theme);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, widthPx, heightPx);
  pen.text(content.title, marginPx, marginPx + 20, { sizePx: 22, bold: true });
  content.lines.forEach((line, index) =>
    pen.text(line, marginPx, marginPx + 46 + index * linePx, { muted: true, widthPx: widthPx - 2 * marginPx }),
  );
  let top = headPx;
  const tileWidth = (widthPx - 2 * marginPx - (tilesInRow - 1) * gapPx) / tilesInRow;
  tiles.forEach((tile, index) => {
    const x = marginPx + (index % tilesInRow) * (tileWidth + gapPx);
    const y = top + Math.floor(index / tilesInRow) * (tileRowPx + gapPx);
    pen.box(x, y, tileWidth, tileRowPx);
    const inner = tileWidth - 24;
    pen.text(tile.label, x + 12, y + 20, { sizePx: 12, muted: true, widthPx: inner });
    pen.text(`${tile.value}${tile.lossy === true ? ' *' : ''}`, x + 12, y + 44, {
      sizePx: 20,
      bold: true,
      widthPx: inner,
    });
    pen.text(tile.detail, x + 12, y + 63, { sizePx: 11, muted: true, widthPx: inner });
  });
  top += tileRows * (tileRowPx + gapPx);
  const chartWidth = (widthPx - 2 * marginPx - (chartsInRow - 1) * gapPx) / chartsInRow;
  cards.forEach((card, index) => {
    const x = marginPx + (index % chartsInRow) * (chartWidth + gapPx);
    const y = top + Math.floor(index / chartsInRow) * (chartHeightPx + gapPx);
    pen.box(x, y, chartWidth, chartHeightPx);
    pen.text(card.title, x + 12, y + 22, { bold: true });
    pen.text(legendText(card), x + 12, y + 42, { sizePx: 12, muted: true, widthPx: chartWidth - 24 });
    if (!card.chartChosen) {
      pen.text(card.canvas.getAttribute('aria-label') ?? '', x + 12, y + 80, { muted: true, widthPx: chartWidth - 24 });
      return;
    }
    const { width, height } = card.canvas;
    const fit = Math.min((chartWidth - 24) / width, (chartHeightPx - 64) / height);
    context.drawImage(card.canvas, x + 12, y + 54, width * fit, height * fit);
  });
  top += chartRows * (chartHeightPx + gapPx) + linePx;
  const half = (widthPx - 2 * marginPx - gapPx) / 2;
  pen.list(
    t('Findings'),
    findings.slice(0, maxRows).map(({ severity, title }) => `${t(severity).toUpperCase()}  ${safeText(title, 200)}`),
    marginPx,
    top,
    half,
  );
  pen.list(t('Top talkers'), talkers.slice(0, maxRows).map(talkerText), marginPx + half + gapPx, top, half);
  return canvas;
}

function talkerText({ address, name, local, packets, bytesSent, bytesReceived }: TalkerRow): string {
  const who = `${safeText(address, 60)}${local ? t(' (this machine)') : ''}  ${safeText(name ?? noValueText, 60)}`;
  return t(
    '{0}  {1} packets, {2} sent, {3} received',
    who,
    formatCount(packets),
    formatBytes(bytesSent),
    formatBytes(bytesReceived),
  );
}

function legendText(card: ChartCard): string {
  const entries = [...card.legend.children].map((entry) =>
    [...entry.children]
      .map((part) => part.textContent)
      .filter((text) => text !== '')
      .join(' '),
  );
  return entries.join('   ');
}

interface TextStyle {
  sizePx?: number;
  bold?: boolean;
  muted?: boolean;
  /** Text that is longer is cut. */
  widthPx?: number;
}

class Pen {
  constructor(
    private readonly context: CanvasRenderingContext2D,
    private readonly theme: ChartTheme,
  ) {}

  text(
    text: string,
    x: number,
    y: number,
    { sizePx = 13, bold = false, muted = false, widthPx = 1e4 }: TextStyle = {},
  ): void {
    const { context, theme } = this;
    context.font = `${bold ? '600 ' : ''}${sizePx}px ${theme.fontFamily}`;
    context.fillStyle = muted ? theme.mutedForeground : theme.foreground;
    context.fillText(this.cut(text, widthPx), x, y);
  }

  box(x: number, y: number, width: number, height: number): void {
    this.context.strokeStyle = this.theme.gridLine;
    this.context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
  }

  list(title: string, rows: readonly string[], x: number, y: number, widthPx: number): void {
    this.text(title, x, y, { bold: true });
    const shown = rows.length === 0 ? ['–'] : rows;
    shown.forEach((row, index) => this.text(row, x, y + (index + 1) * linePx, { sizePx: 12, widthPx }));
  }

  private cut(text: string, widthPx: number): string {
    if (this.context.measureText(text).width <= widthPx) return text;
    let length = text.length;
    while (length > 1 && this.context.measureText(`${text.slice(0, length)}…`).width > widthPx)
      length = Math.floor(length * 0.9);
    return `${text.slice(0, length)}…`;
  }
}
