/** Rows of numbers one after another; grows. */
export class RowList {
  count = 0;
  values: Float32Array;

  constructor(private readonly width: number) {
    this.values = new Float32Array(64 * width);
  }

  /** Copies a row; gives its place. */
  add(row: Float32Array): number {
    const at = this.count * this.width;
    if (at + this.width > this.values.length) {
      const wider = new Float32Array(this.values.length * 2);
      wider.set(this.values);
      this.values = wider;
    }
    this.values.set(row, at);
    return this.count++;
  }

  /** The row itself: whoever keeps it copies it. */
  at(place: number): Float32Array {
    return this.values.subarray(place * this.width, (place + 1) * this.width);
  }
}
