/** Who reads packets for somebody that waits for them now. */
export class WalkCount {
  private walks = 0;
  private waiting: (() => void)[] = [];

  async during<T>(walk: () => Promise<T>): Promise<T> {
    this.walks += 1;
    try {
      return await walk();
    } finally {
      this.walks -= 1;
      if (this.walks === 0) for (const resolve of this.waiting.splice(0)) resolve();
    }
  }

  /** Resolves when nobody waits for packets, or after `patienceMs`. */
  idle(patienceMs: number): Promise<void> {
    if (this.walks === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
