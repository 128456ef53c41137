import * as v from 'valibot';

/*
 * What schemas of the analyzer's messages are made of. Lists are bounded well above what the analyzer sends: a message
 * over a bound is wrong, not big.
 */
const maxText = 4096;
const maxRows = 20_000;

/** A line, a name, a sentence. */
export const text = v.pipe(v.string(), v.maxLength(maxText));
/** Documents of conversations and bodies. */
export const longText = v.pipe(v.string(), v.maxLength(32_000_000));
export const count = v.pipe(v.number(), v.minValue(0));
export const finite = v.pipe(v.number(), v.finite());
/** A list of such items. */
export const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.maxLength(maxRows));
