/** `x` after `y` in sequence space (RFC 9293 section 3.4); both as signed 32-bit integers. */
export function sequenceAfter(x: number, y: number): boolean {
  return ((x - y) | 0) > 0;
}
