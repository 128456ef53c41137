/** Number of the option `opt_comment` (draft-ietf-opsawg-pcapng, section 3.5). */
const commentOption = 1;

/** Longest comment in UTF-8 bytes: an option's length has 16 bits. */
const maxCommentBytes = 60_000;

/**
 * A pcapng block, least significant byte first and without options, with a comment as its only option. `utf8` is cut
 * where it is too long.
 */
export function withComment(block: Uint8Array, utf8: Uint8Array): Uint8Array {
  const value = utf8.subarray(0, maxCommentBytes);
  const padded = Math.ceil(value.length / 4) * 4;
  const length = block.length + 4 + padded + 4;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  const body = block.length - 4;
  bytes.set(block.subarray(0, body));
  view.setUint32(4, length, true);
  view.setUint16(body, commentOption, true);
  view.setUint16(body + 2, value.length, true);
  bytes.set(value, body + 4);
  view.setUint32(length - 4, length, true);
  return bytes;
}

/** Offset of the last of the blocks in `blocks`, by the length at its end. */
export function lastBlockOffset(blocks: Uint8Array): number {
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  return blocks.length - view.getUint32(blocks.length - 4, true);
}
