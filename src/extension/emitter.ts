import type { Disposable } from './disposable';

/** Registers a listener; the same shape as `vscode.Event`, without needing VS Code. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** Tells listeners of values in the order of registration. A listener that throws does not keep the others from hearing. */
export class Emitter<T> implements Disposable {
  private readonly listeners = new Set<(value: T) => void>();

  readonly event: Event<T> = (listener) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };

  constructor(private readonly onListenerError: (error: unknown) => void = () => {}) {}

  fire(value: T): void {
    for (const listener of [...this.listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.onListenerError(error);
      }
    }
  }

  dispose(): void {
    this.listeners.clear();
  }
}
