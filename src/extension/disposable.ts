/** Something that holds a resource until it is told to let go. Same shape as `vscode.Disposable`. */
export interface Disposable {
  dispose(): unknown;
}

/** Holds disposables and lets go of them in the reverse order. */
export class DisposableStore implements Disposable {
  private readonly items: Disposable[] = [];
  private disposed = false;

  /** Returns `item`. Disposes it at once when the store itself is gone already. */
  add<T extends Disposable>(item: T): T {
    if (this.disposed) item.dispose();
    else this.items.push(item);
    return item;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    for (let item = this.items.pop(); item !== undefined; item = this.items.pop()) item.dispose();
  }
}
