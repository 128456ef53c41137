import { element } from './dom';

/** Says changes of state to screen readers; the numbers that move all the time are not said. */
export class Announcer {
  readonly element = element('div', {
    class: 'hidden-text',
    attributes: { role: 'status', 'aria-live': 'polite', 'aria-atomic': 'true' },
  });
  private last = '';

  say(text: string): void {
    if (text === this.last || text === '') return;
    this.last = text;
    this.element.textContent = text;
  }
}
