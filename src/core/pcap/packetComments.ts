import { uint16, uint16LittleEndian } from '../bytes/integers';

/** Comments read of one packet, and bytes of each. */
const maxComments = 16;
const maxCommentBytes = 4096;

/** `opt_comment` among the options of a pcapng block (draft-ietf-opsawg-pcapng section 3.5) in `start` to `end`, in UTF-8. */
export function commentsOf(bytes: Uint8Array, start: number, end: number, littleEndian: boolean): Uint8Array[] {
  const read = littleEndian ? uint16LittleEndian : uint16;
  const comments: Uint8Array[] = [];
  for (let at = start; at + 4 <= end && comments.length < maxComments;) {
    const code = read(bytes, at);
    const length = read(bytes, at + 2);
    if (code === 0 || at + 4 + length > end) break;
    if (code === 1 && length > 0) comments.push(bytes.subarray(at + 4, at + 4 + Math.min(length, maxCommentBytes)));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return comments;
}
