/** What is wrong with a filter and where; caught by `compileFilter`. */
export class FilterError extends Error {
  override readonly name = 'FilterError';

  /** `position` to `end`: the characters that the message is about; nothing is there when they are equal. */
  constructor(
    message: string,
    readonly position: number,
    readonly end: number,
  ) {
    super(message);
  }
}
