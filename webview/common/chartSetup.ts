import {
  BarController,
  BarElement,
  ArcElement,
  Chart,
  DoughnutController,
  Filler,
  LineController,
  LineElement,
  LinearScale,
  PointElement,
  Tooltip,
} from 'chart.js';
import type { ChartTheme } from './theme';

/** Registers the parts of chart.js that are used, so that the rest stays out of the bundle. */
export function setUpCharts(): void {
  Chart.register(
    ArcElement,
    BarController,
    BarElement,
    DoughnutController,
    Filler,
    LineController,
    LineElement,
    LinearScale,
    PointElement,
    Tooltip,
  );
  Chart.defaults.animation = false;
  Chart.defaults.responsive = true;
  Chart.defaults.maintainAspectRatio = false;
  Chart.defaults.normalized = true;
}

/** Looks of a tooltip: those of the editor's own hovers. */
export function tooltipStyle(theme: ChartTheme) {
  const font = { family: theme.fontFamily, size: 11 };
  return {
    backgroundColor: theme.tooltipBackground,
    titleColor: theme.tooltipForeground,
    bodyColor: theme.tooltipForeground,
    borderColor: theme.tooltipBorder,
    borderWidth: 1,
    cornerRadius: 3,
    boxPadding: 4,
    titleFont: { ...font, weight: 'bold' as const },
    bodyFont: font,
  };
}
