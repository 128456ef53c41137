import { element, setVisible } from '../common/dom';

const minimumPercent = 15;
const maximumPercent = 80;
const stepPercent = 5;

export interface SplitterOptions {
  label: string;
  /** What is below the splitter and gets the height. */
  element: HTMLElement;
  percent: number;
  onChange: (percent: number) => void;
}

/** A bar that shares the height between what is above and below it, by mouse and by arrow keys. */
export class Splitter {
  readonly element: HTMLElement;
  private percent: number;

  constructor(private readonly options: SplitterOptions) {
    this.percent = options.percent;
    this.element = element('div', {
      class: 'splitter',
      attributes: {
        role: 'separator',
        tabindex: '0',
        'aria-orientation': 'horizontal',
        'aria-label': options.label,
        'aria-valuemin': String(100 - maximumPercent),
        'aria-valuemax': String(100 - minimumPercent),
      },
    });
    this.element.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener('pointermove', (event) => {
      if (!this.element.hasPointerCapture(event.pointerId)) return;
      const bottom = options.element.getBoundingClientRect().bottom;
      this.set(((bottom - event.clientY) / window.innerHeight) * 100);
    });
    this.element.addEventListener('pointerup', () => options.onChange(this.percent));
    this.element.addEventListener('keydown', (event) => {
      const step = event.key === 'ArrowUp' ? stepPercent : event.key === 'ArrowDown' ? -stepPercent : 0;
      if (step === 0) return;
      event.preventDefault();
      this.set(this.percent + step);
      options.onChange(this.percent);
    });
    this.setVisible(false);
    this.set(options.percent);
  }

  setVisible(visible: boolean): void {
    setVisible(this.element, visible);
  }

  private set(percent: number): void {
    this.percent = Math.round(Math.min(maximumPercent, Math.max(minimumPercent, percent)));
    this.options.element.style.height = `${this.percent}vh`;
    this.element.setAttribute('aria-valuenow', String(100 - this.percent));
  }
}
