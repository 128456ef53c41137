/** A JSON value and where it begins in the text; offsets count UTF-16 units from 0. */
export type JsonNode = { readonly offset: number } & (
  | { readonly kind: 'object'; readonly entries: ReadonlyMap<string, JsonEntry> }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'other'; readonly value: number | boolean | null }
);

export interface JsonEntry {
  /** Where the name begins. */
  readonly offset: number;
  readonly value: JsonNode;
}

export interface JsonFailure {
  readonly kind: 'failure';
  readonly offset: number;
  readonly message: string;
}

const maxDepth = 32;

class Failure extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

/** Reads JSON (RFC 8259) with the place of every value, so that what is wrong with one can be told where it stands. */
export function parseJson(text: string): JsonNode | JsonFailure {
  const reader = new JsonReader(text.startsWith('\ufeff') ? ` ${text.slice(1)}` : text);
  try {
    return reader.whole();
  } catch (error) {
    if (error instanceof Failure) return { kind: 'failure', offset: error.offset, message: error.message };
    throw error;
  }
}

/** Line and column of an offset, both from 1. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

class JsonReader {
  #at = 0;

  constructor(private readonly text: string) {}

  whole(): JsonNode {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.text.length) throw this.#failure('Here the text should end.');
    return value;
  }

  #value(depth: number): JsonNode {
    this.#space();
    const offset = this.#at;
    if (depth > maxDepth) throw this.#failure('This is nested too deeply.');
    switch (this.text[offset]) {
      case '{':
        return { kind: 'object', offset, entries: this.#entries(depth) };
      case '[':
        return { kind: 'array', offset, items: this.#items(depth) };
      case '"':
        return { kind: 'text', offset, value: this.#string() };
      default:
        return { kind: 'other', offset, value: this.#word() };
    }
  }

  #entries(depth: number): Map<string, JsonEntry> {
    const entries = new Map<string, JsonEntry>();
    this.#list('}', () => {
      const offset = this.#at;
      if (this.text[offset] !== '"') throw this.#failure('A name in double quotes is missing.');
      const name = this.#string();
      this.#space();
      if (this.text[this.#at] !== ':') throw this.#failure('A colon is missing.');
      this.#at++;
      if (entries.has(name)) throw new Failure(offset, `"${name}" stands here twice.`);
      entries.set(name, { offset, value: this.#value(depth + 1) });
    });
    return entries;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#list(']', () => items.push(this.#value(depth + 1)));
    return items;
  }

  #list(end: string, member: () => void): void {
    this.#at++;
    this.#space();
    if (this.text[this.#at] === end) {
      this.#at++;
      return;
    }
    for (;;) {
      this.#space();
      member();
      this.#space();
      const next = this.text[this.#at];
      if (next !== ',' && next !== end) throw this.#failure(`A comma or ${end} is missing.`);
      this.#at++;
      if (next === end) return;
    }
  }

  #string(): string {
    const match = this.#match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
    if (match === null) throw this.#failure('This text has no end, or a character in it needs a backslash.');
    return JSON.parse(match) as string;
  }

  #word(): number | boolean | null {
    const match = this.#match(/(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y);
    if (match === null) throw this.#failure('A value is missing.');
    return JSON.parse(match) as number | boolean | null;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text)?.[0] ?? null;
    if (match !== null) this.#at += match.length;
    return match;
  }

  #space(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #failure(message: string): Failure {
    return new Failure(this.#at, message);
  }
}
