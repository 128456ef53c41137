import { Chart } from 'chart.js';
import type { ChartOptions } from 'chart.js';
import { ChartCard, fillLegend } from './chartCard';
import type { ChartCardOptions } from './chartCard';
import { protocolShares } from './chartModels';
import type { ProtocolShare } from './chartModels';
import { formatBytes, formatCount, formatPercent, plural } from './format';
import { tooltipStyle } from './chartSetup';
import type { ChartTheme } from './theme';
import { button } from './ui';
import type { ButtonControl } from './ui';
import type { Snapshot } from '../../src/protocol/snapshot';
import { t } from '../../src/protocol/l10n';

export type ShareUnit = 'bytes' | 'packets';

export interface ProtocolChartOptions extends ChartCardOptions {
  unit: ShareUnit;
  onUnitChange: (unit: ShareUnit) => void;
}

/** Doughnut of what the traffic is, with a legend that carries the numbers. */
export class ProtocolChart {
  readonly card: ChartCard;
  private readonly unitButton: ButtonControl;
  private unit: ShareUnit;
  private chart: Chart<'doughnut', number[], string> | null = null;
  /** Of the chart, for its tooltip. */
  private shares: readonly ProtocolShare[] = [];
  private drawn: { picture: string; theme: ChartTheme } | null = null;
  private last: { snapshot: Snapshot; theme: ChartTheme } | null = null;

  constructor(options: ProtocolChartOptions) {
    this.unit = options.unit;
    const again = (): void => {
      if (this.last) this.update(this.last.snapshot, this.last.theme);
    };
    this.card = new ChartCard(
      {
        ...options,
        onTableToggle: (open) => {
          options.onTableToggle(open);
          again();
        },
      },
      again,
    );
    this.card.element.classList.add('protocol-card');
    this.unitButton = button({
      label: '',
      appearance: 'secondary',
      onPress: () => {
        this.unit = this.unit === 'bytes' ? 'packets' : 'bytes';
        options.onUnitChange(this.unit);
        this.labelUnit();
        again();
      },
    });
    this.unitButton.element.classList.add('small-button');
    this.card.actions.prepend(this.unitButton.element);
    this.card.body.append(this.card.legend);
    this.labelUnit();
  }

  private labelUnit(): void {
    this.unitButton.setLabel(this.unit === 'bytes' ? t('By bytes') : t('By packets'));
  }

  update(snapshot: Snapshot, theme: ChartTheme): void {
    this.last = { snapshot, theme };
    const shares = protocolShares(snapshot, this.unit);
    const total = shares.reduce((value, share) => value + share[this.unit], 0);
    const percent = (share: ProtocolShare): string =>
      formatPercent(total === 0 ? null : (share[this.unit] / total) * 100);
    const description = t(
      'Protocols by {0}. {1}.',
      this.unit,
      shares.map((share) => `${share.label}: ${percent(share)}`).join(', '),
    );
    this.card.describe(description, null, shares.length === 0 ? t('No packet yet') : null);
    fillLegend(
      this.card.legend,
      shares.map((share) => ({
        label: share.label,
        value: `${percent(share)} · ${this.amount(share)}`,
        swatch: `${share.colour} block`,
      })),
    );
    if (this.card.tableOpen)
      this.card.fillTable(
        t('{0} by the highest one recognised in each packet', plural(shares.length, 'protocol')),
        [t('Protocol'), t('Share'), t('Packets'), t('Bytes')],
        shares.map((share) => [share.label, percent(share), formatCount(share.packets), formatBytes(share.bytes)]),
      );
    // Never blank: what is not seen is drawn once.
    else if (this.card.chartVisible || (this.chart === null && this.card.chartChosen)) this.draw(shares, theme);
  }

  /** Draws the chart also when it is not in view. */
  drawUnseen(): void {
    if (!this.last || !this.card.chartChosen || this.card.chartVisible) return;
    this.draw(protocolShares(this.last.snapshot, this.unit), this.last.theme);
  }

  private amount(share: ProtocolShare): string {
    return this.unit === 'bytes' ? formatBytes(share.bytes) : formatCount(share.packets);
  }

  private draw(shares: ProtocolShare[], theme: ChartTheme): void {
    this.shares = shares;
    const total = shares.reduce((value, share) => value + share[this.unit], 0);
    // A part of a thousand is less than a pixel of the ring: nothing to see, nothing to draw.
    const picture = shares.map((share) => `${share.label} ${Math.round((share[this.unit] / total) * 1000)}`).join();
    if (this.drawn?.picture === picture && this.drawn.theme === theme) return;
    const sameTheme = this.drawn?.theme === theme;
    this.drawn = { picture, theme };
    this.chart ??= new Chart<'doughnut', number[], string>(this.card.canvas, {
      type: 'doughnut',
      data: { labels: [], datasets: [] },
    });
    this.chart.data.labels = shares.map((share) => share.label);
    const next = {
      data: shares.map((share) => share[this.unit]),
      backgroundColor: shares.map((share) => theme.colours[share.colour]),
      borderColor: theme.background,
      borderWidth: 2,
      hoverOffset: 0,
    };
    const old = this.chart.data.datasets[0];
    if (old) Object.assign(old, next);
    else this.chart.data.datasets[0] = next;
    if (!sameTheme) this.chart.options = this.chartOptions(theme);
    this.chart.update('none');
  }

  private chartOptions(theme: ChartTheme): ChartOptions<'doughnut'> {
    return {
      animation: false,
      cutout: '62%',
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          callbacks: {
            label: (item) => {
              const share = this.shares[item.dataIndex];
              return share ? this.amount(share) : '';
            },
          },
        },
      },
    };
  }
}
