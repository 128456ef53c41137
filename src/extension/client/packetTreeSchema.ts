import * as v from 'valibot';
import type { PacketField, PacketTree } from '../../protocol/packetTree';

/** Well above what the analyzer sends (`engineLimits.dissectedFields`, and what it takes of another program's output). */
const maxFields = 20_000;
const text = v.pipe(v.string(), v.maxLength(70_000));
const place = v.pipe(v.number(), v.integer(), v.minValue(0));

const fieldSchema: v.GenericSchema<unknown, PacketField> = v.object({
  name: text,
  label: text,
  value: text,
  raw: v.nullable(v.union([text, v.number(), v.boolean()])),
  source: place,
  offset: place,
  lengthBytes: place,
  mask: v.exactOptional(v.number()),
  note: v.exactOptional(text),
  children: v.pipe(v.array(v.lazy(() => fieldSchema)), v.maxLength(maxFields)),
});

/** Bytes are copied: what arrives is a view of a whole receive buffer, which would go on to webviews with them. */
const bytes = v.pipe(
  v.instance(Uint8Array),
  v.transform((array) => Uint8Array.from(array)),
);

export const packetTreeSchema = v.object({
  number: place,
  sources: v.pipe(v.array(v.object({ name: text, bytes })), v.maxLength(100)),
  fields: v.pipe(v.array(fieldSchema), v.maxLength(maxFields)),
  comments: v.pipe(v.array(text), v.maxLength(100)),
  complete: v.boolean(),
  by: v.picklist(['own', 'tshark']),
}) satisfies v.GenericSchema<unknown, PacketTree>;
