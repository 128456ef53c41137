/** Header field name and value as they were sent, one character a byte (ISO 8859-1). */
export type HeaderField = readonly [name: string, value: string];

/** Value of a field, null without; several are joined (RFC 9110 section 5.2). */
export function fieldValue(fields: readonly HeaderField[], name: string): string | null {
  const values = fields.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? null : values.join(', ');
}
