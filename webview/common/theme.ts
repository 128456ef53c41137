/** Colours of the editor's theme for what style sheets cannot reach: the inside of a canvas. */
import type { Severity } from '../../src/protocol/finding';

export type ColourRole = 'blue' | 'green' | 'orange' | 'red' | 'purple' | 'yellow' | 'muted';

export interface ChartTheme {
  colours: Record<ColourRole, string>;
  severity: Record<Severity, string>;
  foreground: string;
  mutedForeground: string;
  gridLine: string;
  background: string;
  tooltipBackground: string;
  tooltipForeground: string;
  tooltipBorder: string;
  fontFamily: string;
  highContrast: boolean;
}

/** Reads the theme from the custom properties that the editor sets on the document. */
export function readTheme(body: HTMLElement = document.body): ChartTheme {
  const style = getComputedStyle(body);
  const variable = (...names: string[]): string => {
    for (const name of names) {
      const value = style.getPropertyValue(`--vscode-${name}`).trim();
      if (value !== '') return value;
    }
    return style.color;
  };
  const highContrast = body.classList.contains('vscode-high-contrast');
  return {
    colours: {
      blue: variable('charts-blue'),
      green: variable('charts-green'),
      // `charts-orange` is mostly transparent in the default themes and missing in high contrast.
      orange: variable('symbolIcon-classForeground', 'charts-orange'),
      red: variable('charts-red'),
      purple: variable('charts-purple'),
      yellow: variable('charts-yellow'),
      muted: variable('descriptionForeground', 'foreground'),
    },
    severity: {
      critical: variable('charts-red', 'errorForeground'),
      high: variable('charts-red', 'errorForeground'),
      medium: variable('symbolIcon-classForeground', 'charts-orange'),
      low: variable('charts-yellow', 'editorWarning-foreground'),
      info: variable('charts-blue', 'editorInfo-foreground'),
    },
    foreground: variable('foreground'),
    mutedForeground: variable('descriptionForeground', 'foreground'),
    gridLine: highContrast
      ? variable('contrastBorder', 'foreground')
      : variable('panel-border', 'widget-border', 'charts-lines'),
    background: variable('editor-background'),
    tooltipBackground: variable('editorHoverWidget-background', 'editor-background'),
    tooltipForeground: variable('editorHoverWidget-foreground', 'foreground'),
    tooltipBorder: variable('editorHoverWidget-border', 'contrastBorder', 'foreground'),
    fontFamily: style.getPropertyValue('--vscode-font-family').trim() || style.fontFamily,
    highContrast,
  };
}

/** Calls back when the editor changes its theme: it swaps the classes of the body and the properties of the root. */
export function onThemeChange(callback: () => void): void {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
