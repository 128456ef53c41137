import * as v from 'valibot';
import { maxDisplayFilterLength } from '../../protocol/displayFilter';
import { maxInterfaces } from '../../protocol/interfaceNames';
import { searchModes } from '../../protocol/filterSearch';
import type { FromWebview } from '../../protocol/webviewMessages';
import { findKinds, maxFindLength } from '../../protocol/packetFind';
import { isSortColumn } from '../../protocol/packetSort';
import { isFieldName, maxFieldColumns, maxPacketColumns, timeFormats } from '../../protocol/packetLayout';
import { exportChoices, maxPictureLength } from '../../protocol/webviewMessages';
import { bodyParts } from '../../protocol/streams';
import { maxPartFilterLength } from '../../protocol/partOverview';
import { maxSearchLength, tableNames } from '../../protocol/tables';
import type { TimeRange } from '../../protocol/timeRange';
import { isTimeRange } from '../../protocol/timeRange';
import { filterSchema, interfaceNameSchema, typedFilterSchema } from '../settings';

/** Rows that one message may ask for. */
const maxPageRows = 1000;

/** A packet of 256 KiB as a hex dump is some 1.3 million characters, its fields as JSON less. */
const maxCopiedLength = 4_000_000;

const position = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const page = {
  request: position,
  from: position,
  count: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(maxPageRows)),
};
const interfaceNames = v.pipe(v.array(interfaceNameSchema), v.maxLength(maxInterfaces));
const displayFilter = v.pipe(v.string(), v.maxLength(maxDisplayFilterLength));
const sortSchema = v.strictObject({
  column: v.pipe(v.string(), v.check(isSortColumn)),
  descending: v.boolean(),
  version: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
const fieldNames = v.pipe(v.array(v.pipe(v.string(), v.check(isFieldName))), v.maxLength(maxFieldColumns));
const layoutSchema = v.strictObject({
  columns: v.pipe(
    v.array(v.strictObject({ name: v.pipe(v.string(), v.maxLength(80)), widthPx: v.nullable(v.number()) })),
    v.minLength(1),
    v.maxLength(maxPacketColumns),
  ),
  time: v.picklist(timeFormats),
  colours: v.boolean(),
});

const requestPlace = { packet: position, ahead: v.exactOptional(position) };
const schema = v.variant('type', [
  v.strictObject({ type: v.literal('ready') }),
  v.strictObject({ type: v.literal('drawn'), sequence: position }),
  v.strictObject({ type: v.literal('start'), interfaces: interfaceNames, filter: filterSchema }),
  v.strictObject({ type: v.literal('stop') }),
  v.strictObject({ type: v.literal('restart') }),
  v.strictObject({ type: v.literal('captureOptions') }),
  v.strictObject({ type: v.literal('pauseView'), paused: v.boolean() }),
  v.strictObject({ type: v.literal('validateFilter'), filter: typedFilterSchema }),
  v.strictObject({ type: v.literal('refreshInterfaces') }),
  v.strictObject({ type: v.literal('openFinding'), id: v.pipe(v.string(), v.maxLength(4096)) }),
  v.strictObject({
    type: v.literal('export'),
    kind: v.picklist(exportChoices),
    filter: v.exactOptional(displayFilter),
  }),
  v.strictObject({ type: v.literal('showLog') }),
  v.strictObject({
    type: v.literal('savePicture'),
    png: v.pipe(v.string(), v.maxLength(maxPictureLength), v.regex(/^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/)),
  }),
  v.strictObject({ type: v.literal('openReport') }),
  v.strictObject({
    type: v.literal('getPackets'),
    ...page,
    filter: displayFilter,
    fields: v.exactOptional(fieldNames),
    sort: v.exactOptional(sortSchema),
    search: v.exactOptional(v.picklist(searchModes)),
  }),
  v.strictObject({ type: v.literal('cancelSort') }),
  v.strictObject({ type: v.literal('searchPackets'), filter: displayFilter, go: v.boolean() }),
  v.strictObject({
    type: v.literal('findPacket'),
    request: position,
    kind: v.picklist(findKinds),
    text: v.pipe(v.string(), v.maxLength(maxFindLength)),
    from: position,
    backwards: v.boolean(),
    filter: displayFilter,
    sort: v.exactOptional(sortSchema),
  }),
  v.strictObject({ type: v.literal('saveLayout'), layout: layoutSchema }),
  v.strictObject({ type: v.literal('completeFilter'), request: position, filter: displayFilter, caret: position }),
  v.strictObject({ type: v.literal('filterApplied'), filter: displayFilter }),
  v.strictObject({ type: v.literal('saveFilter'), filter: displayFilter }),
  v.strictObject({ type: v.literal('editFilters') }),
  v.strictObject({
    type: v.literal('getTable'),
    ...page,
    table: v.picklist(tableNames),
    sort: v.nullable(v.strictObject({ column: v.pipe(v.string(), v.maxLength(64)), descending: v.boolean() })),
    search: v.pipe(v.string(), v.maxLength(maxSearchLength)),
    range: v.nullable(v.custom<TimeRange>(isTimeRange)),
  }),
  v.strictObject({
    type: v.literal('getOverview'),
    request: position,
    filter: v.pipe(v.string(), v.maxLength(maxPartFilterLength)),
    range: v.nullable(v.custom<TimeRange>(isTimeRange)),
  }),
  v.strictObject({ type: v.literal('followStream'), packet: v.nullable(position), filter: displayFilter }),
  v.strictObject({ type: v.literal('openBody'), ...requestPlace, part: v.picklist(bodyParts) }),
  v.strictObject({ type: v.literal('saveBody'), ...requestPlace, part: v.picklist(bodyParts) }),
  v.strictObject({ type: v.literal('copyCurl'), ...requestPlace }),
  v.strictObject({
    type: v.literal('dissect'),
    request: position,
    number: position,
    tshark: v.exactOptional(v.boolean()),
  }),
  v.strictObject({ type: v.literal('openInWireshark'), packet: v.nullable(position), filter: displayFilter }),
  v.strictObject({ type: v.literal('copyText'), text: v.pipe(v.string(), v.maxLength(maxCopiedLength)) }),
]) satisfies v.GenericSchema<unknown, FromWebview>;

/** A message of a webview, or in words why it is none. */
export function parseFromWebview(value: unknown): { ok: true; message: FromWebview } | { ok: false; reason: string } {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return { ok: true, message: parsed.output };
  const [issue] = parsed.issues;
  return { ok: false, reason: `${v.getDotPath(issue) ?? 'message'}: ${issue.message}`.slice(0, 300) };
}
