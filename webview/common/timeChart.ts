import { Chart } from 'chart.js';
import type { ChartDataset, ChartOptions, Plugin } from 'chart.js';
import { color } from 'chart.js/helpers';
import { ChartCard, fillLegend } from './chartCard';
import type { ChartCardOptions } from './chartCard';
import { lastKnown, twinRows } from './chartModels';
import type { ChartLine, TimeChartModel } from './chartModels';
import { formatClock, formatDateTime, noValueText, plural } from './format';
import { tooltipStyle } from './chartSetup';
import type { ChartTheme } from './theme';
import type { TimeBrush } from './timeBrush';
import { attachBrush, brushPlugin } from './timeBrushChart';
import type { BrushedChart } from './timeBrushChart';
import { lonelyPoints } from './lonelyPoints';
import { momentMarks } from './momentMarks';
import { sameChart } from './sameChart';
import { timeTicks } from './timeTicks';
import { zoomed } from './timeZoom';
import { t } from '../../src/protocol/l10n';

const maxTwinRows = 120;

type TimeDataset = ChartDataset<'line' | 'bar', number[]>;

/** chart.js reads values by index, which typed arrays give as well; its types know plain lists only. */
const asNumbers = (values: Float64Array): number[] => values as unknown as number[];

/** One card with values over time. */
export class TimeChart {
  readonly card: ChartCard;
  private chart: Chart<'line' | 'bar', number[], number> | null = null;
  /** Of all the time, and of the part that is shown. */
  private whole: TimeChartModel | null = null;
  private model: TimeChartModel | null = null;
  private theme: ChartTheme | null = null;
  /** How the model is on the screen; null when it is not. */
  private shown: { form: 'chart' | 'table'; theme: ChartTheme } | null = null;
  /** Options hold colours and callbacks only, so they are made anew for another theme and not for each state. */
  private styledFor: ChartTheme | null = null;

  private readonly brushed: BrushedChart = {
    chart: () => this.chart,
    frame: () => this.model && { minMs: this.model.minMs, maxMs: this.model.maxMs, stepMs: this.model.bucketMs },
    whole: () => this.whole && { minMs: this.whole.minMs, maxMs: this.whole.maxMs, stepMs: this.whole.bucketMs },
    theme: () => this.theme,
  };

  /** @param brush the stretch of time that the charts of a view share; null for a chart that has none */
  constructor(
    options: ChartCardOptions,
    private readonly brush: TimeBrush | null = null,
  ) {
    this.card = new ChartCard(
      {
        ...options,
        onTableToggle: (open) => {
          options.onTableToggle(open);
          this.redraw();
        },
      },
      () => this.redraw(),
    );
    if (brush === null) return;
    attachBrush(this.card.plot, options.title, brush, this.brushed);
    brush.zoom.listen(() => this.redraw());
  }

  private redraw(): void {
    if (this.whole && this.theme) this.update(this.whole, this.theme);
  }

  update(whole: TimeChartModel, theme: ChartTheme): void {
    const model = zoomed(whole, this.brush?.zoom.window ?? null);
    this.whole = whole;
    this.theme = theme;
    const said = this.model !== null && sameChart(this.model, model);
    this.model = model;
    if (!said) this.say(model);
    // Never blank: what is not seen is drawn once.
    const drawn = this.card.chartVisible || (this.chart === null && this.card.chartChosen);
    const form = this.card.tableOpen ? 'table' : drawn ? 'chart' : null;
    if (form === null || (said && this.shown?.form === form && this.shown.theme === theme)) {
      if (!said) this.shown = null;
      return;
    }
    this.shown = { form, theme };
    if (form === 'table') this.fillTwin(model);
    else this.draw(model, theme);
  }

  /** Draws the chart also when it is not in view. */
  drawUnseen(): void {
    if (this.model && this.theme && this.card.chartChosen && !this.card.chartVisible) this.draw(this.model, this.theme);
  }

  private say(model: TimeChartModel): void {
    this.card.describe(model.description, model.note, model.empty);
    fillLegend(
      this.card.legend,
      model.empty !== null
        ? []
        : model.lines.map((line) => {
            const last = lastKnown(line.values);
            return {
              label: line.label,
              value: last === null ? noValueText : model.formatValue(last),
              swatch: `${line.colour}${line.dashed ? ' dashed' : ''}${model.kind === 'bar' ? ' block' : ''}`,
            };
          }),
    );
  }

  private fillTwin(model: TimeChartModel): void {
    const { rows, left } = twinRows(model, maxTwinRows);
    const caption =
      left > 0
        ? t(
            '{0} The newest {1}, {2} left out.',
            model.description,
            plural(rows.length, 'row'),
            plural(left, 'older one'),
          )
        : model.description;
    this.card.fillTable(
      caption,
      [t('Time'), ...model.lines.map((line) => line.label)],
      rows.map((row) => [formatClock(row.timeMs, model.bucketMs), ...row.cells]),
    );
  }

  private draw(model: TimeChartModel, theme: ChartTheme): void {
    const datasets = model.lines.map((line) => dataset(line, model, theme));
    this.chart ??= new Chart<'line' | 'bar', number[], number>(this.card.canvas, {
      type: model.kind,
      data: { labels: [], datasets: [] },
      plugins: [
        ...(this.brush === null ? [] : [brushPlugin(this.brush, this.brushed)]),
        this.markers(),
        lonelyPoints(),
        momentMarks(
          () => this.model,
          () => this.theme,
        ),
      ],
    });
    const { chart } = this;
    chart.data.labels = asNumbers(model.timesMs);
    chart.data.datasets.length = datasets.length;
    datasets.forEach((next, index) => {
      const old = chart.data.datasets[index];
      // Keeping the object keeps what chart.js knows of it.
      if (old) Object.assign(old, next);
      else chart.data.datasets[index] = next;
    });
    if (this.styledFor !== theme) {
      this.styledFor = theme;
      chart.options = this.options(model, theme);
    }
    chart.update('none');
  }

  private options(model: TimeChartModel, theme: ChartTheme): ChartOptions<'line' | 'bar'> {
    const font = { family: theme.fontFamily, size: 11 };
    const format = (value: unknown): string => this.model?.formatValue(Number(value)) ?? '';
    return {
      animation: false,
      interaction: { mode: 'index', intersect: false },
      layout: { padding: { top: 6, right: 4 } },
      scales: {
        x: {
          type: 'linear',
          bounds: 'data',
          // Bars would make room for half a bar at each end, at the cost of the shared time axis.
          offset: false,
          grid: { display: false },
          border: { color: theme.gridLine },
          ticks: {
            color: theme.mutedForeground,
            font,
            maxRotation: 0,
            autoSkip: false,
            callback: (_value, index, ticks) => ticks[index]?.label ?? '',
          },
          // Not by options: they would have to be resolved anew for every state.
          afterDataLimits: (axis) => {
            if (this.model) Object.assign(axis, { min: this.model.minMs, max: this.model.maxMs });
          },
          afterBuildTicks: (axis) => {
            const fit = Math.max(2, Math.floor(axis.width / 80));
            const ticks = timeTicks(axis.min, axis.max, fit);
            axis.ticks = ticks.map((tick) => ({ value: tick.valueMs, label: tick.label }));
          },
        },
        y: {
          beginAtZero: true,
          grace: '8%',
          grid: { color: theme.highContrast ? 'transparent' : theme.gridLine, tickLength: 0 },
          border: { display: false },
          ticks: {
            color: theme.mutedForeground,
            font,
            maxTicksLimit: 5,
            padding: 6,
            callback: format,
            ...(model.kind === 'bar' ? { precision: 0 } : {}),
          },
        },
      },
      plugins: {
        tooltip: {
          ...tooltipStyle(theme),
          callbacks: {
            title: (items) => {
              const time = items[0]?.parsed.x;
              return typeof time === 'number' ? formatDateTime(time) : '';
            },
            afterBody: (items) => this.momentsNear(items[0]?.parsed.x),
            label: (item) => `${item.dataset.label ?? ''}: ${format(item.parsed.y)}`,
          },
        },
      },
    };
  }

  /** Moments that the buckets around a time hold, for the tooltip. */
  private momentsNear(timeMs: number | null | undefined): string[] {
    const { model } = this;
    if (model === null || typeof timeMs !== 'number') return [];
    const near = (model.moments ?? []).filter((moment) => Math.abs(moment.timeMs - timeMs) <= model.bucketMs);
    return near.slice(0, 5).map(({ short, label }) => `${short}: ${label}`);
  }

  /** Lines at the moments of findings, with a mark on top so that they are not told by colour alone. */
  private markers(): Plugin<'line' | 'bar'> {
    return {
      id: 'findingMarkers',
      afterDatasetsDraw: (chart) => {
        const { model, theme } = this;
        const x = chart.scales['x'];
        if (!model || !theme || !x || model.markers.length === 0) return;
        const { ctx, chartArea } = chart;
        ctx.save();
        for (const marker of model.markers) {
          const at = Math.round(x.getPixelForValue(marker.timeMs)) + 0.5;
          ctx.strokeStyle = theme.severity[marker.severity];
          ctx.fillStyle = theme.severity[marker.severity];
          ctx.setLineDash([3, 3]);
          ctx.beginPath();
          ctx.moveTo(at, chartArea.top);
          ctx.lineTo(at, chartArea.bottom);
          ctx.stroke();
          ctx.setLineDash([]);
          ctx.beginPath();
          ctx.moveTo(at - 4.5, chartArea.top - 5);
          ctx.lineTo(at + 4.5, chartArea.top - 5);
          ctx.lineTo(at, chartArea.top + 3);
          ctx.fill();
        }
        ctx.restore();
      },
    };
  }
}

function dataset(line: ChartLine, model: TimeChartModel, theme: ChartTheme): TimeDataset {
  const stroke = theme.colours[line.colour];
  const fill = (alpha: number): string => color(stroke).alpha(alpha).rgbString();
  const common = { label: line.label, data: asNumbers(line.values), borderColor: stroke };
  if (model.kind === 'bar')
    return {
      ...common,
      type: 'bar',
      backgroundColor: line.dashed ? fill(0.35) : stroke,
      borderWidth: line.dashed ? 1 : 0,
      grouped: false,
      barPercentage: 1,
      categoryPercentage: 0.9,
    };
  return {
    ...common,
    type: 'line',
    backgroundColor: fill(theme.highContrast ? 0.1 : 0.14),
    fill: model.area && !line.dashed,
    // A dashed line on a solid one shows both where they are equal, as on a loopback.
    order: line.dashed ? 0 : 1,
    borderWidth: theme.highContrast ? 2 : 1.5,
    borderDash: line.dashed ? [5, 3] : [],
    pointRadius: 0,
    pointBackgroundColor: stroke,
    pointStyle: line.dashed ? 'rectRot' : 'circle',
    pointHoverRadius: 3,
    spanGaps: false,
    tension: 0,
  };
}
