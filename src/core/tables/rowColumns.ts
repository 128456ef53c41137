/** How many values a row has: numbers of any kind, whole numbers of 32 bits, and references to texts and hosts. */
export interface RowShape {
  readonly numbers: number;
  readonly wholes: number;
  readonly references: number;
}

/** Rows that are made room for at once: less than most captures have would be paid for by each. */
const chunkRows = 1024;

/** The values of some rows of a table, beside each other. */
class RowChunk {
  readonly numbers: Float64Array;
  readonly wholes: Uint32Array;
  readonly references: unknown[];

  constructor({ numbers, wholes, references }: RowShape) {
    this.numbers = new Float64Array(numbers * chunkRows);
    this.wholes = new Uint32Array(wholes * chunkRows);
    this.references = new Array<unknown>(references * chunkRows).fill(null);
  }
}

/** Where the values of a row are. Made when the row is looked at; two of the same row are the same. */
export class RowPlace {
  readonly #chunk: RowChunk;
  readonly #at: number;
  readonly #shape: RowShape;

  constructor(chunk: RowChunk, at: number, shape: RowShape) {
    this.#chunk = chunk;
    this.#at = at;
    this.#shape = shape;
  }

  number(column: number): number {
    return this.#chunk.numbers[this.#at * this.#shape.numbers + column] ?? Number.NaN;
  }

  setNumber(column: number, value: number): void {
    this.#chunk.numbers[this.#at * this.#shape.numbers + column] = value;
  }

  whole(column: number): number {
    return this.#chunk.wholes[this.#at * this.#shape.wholes + column] ?? 0;
  }

  /** @param value 0 to 2^32 - 1 */
  setWhole(column: number, value: number): void {
    this.#chunk.wholes[this.#at * this.#shape.wholes + column] = value;
  }

  reference(column: number): unknown {
    return this.#chunk.references[this.#at * this.#shape.references + column] ?? null;
  }

  setReference(column: number, value: unknown): void {
    this.#chunk.references[this.#at * this.#shape.references + column] = value;
  }

  text(column: number): string | null {
    const value = this.reference(column);
    return typeof value === 'string' ? value : null;
  }
}

/**
 * Rows of a table, kept by columns: an object for each, with a number of its own for each value that is no small whole one, took
 * twice the memory, and the garbage collector through each of them.
 */
export class RowColumns<Row> {
  #length = 0;
  readonly #chunks: RowChunk[] = [];

  /** @param view the row at a place */
  constructor(
    private readonly shape: RowShape,
    private readonly view: (place: RowPlace) => Row,
  ) {}

  get length(): number {
    return this.#length;
  }

  /** A place for another row; its values are 0 and null. */
  add(): RowPlace {
    const at = this.#length++;
    if (at % chunkRows === 0) this.#chunks.push(new RowChunk(this.shape));
    return this.#place(at) as RowPlace;
  }

  /** A view of each row. */
  all(): Row[] {
    return Array.from({ length: this.#length }, (_, at) => this.view(this.#place(at) as RowPlace));
  }

  #place(at: number): RowPlace | null {
    const chunk = this.#chunks[Math.floor(at / chunkRows)];
    return chunk === undefined ? null : new RowPlace(chunk, at % chunkRows, this.shape);
  }
}
