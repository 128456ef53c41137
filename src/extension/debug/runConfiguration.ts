import * as v from 'valibot';

/** What a debug run is asked to do: `networkTraffic` in its launch configuration, else the settings. */
export interface RunWishes {
  capture: boolean;
  /** Have the program write the secrets of its TLS connections. */
  keyLog: boolean;
}

const wishSchema = v.union([
  v.boolean(),
  v.object({ capture: v.optional(v.boolean(), true), keyLog: v.optional(v.boolean(), false) }),
]);

/** `networkTraffic: true`, or `{ "capture": true, "keyLog": true }`; what is not understood asks for nothing. */
export function wishesOf(attribute: unknown, settings: RunWishes): RunWishes {
  if (attribute === undefined) return settings;
  const parsed = v.safeParse(wishSchema, attribute);
  if (!parsed.success) return { capture: false, keyLog: false };
  if (typeof parsed.output === 'boolean') return { ...settings, capture: parsed.output };
  return parsed.output;
}

/** Types of launch configurations whose `env` reaches the program, and whose programs take `SSLKEYLOGFILE` or can be told to. */
const nodeTypes = new Set(['node', 'pwa-node', 'node-terminal', 'extensionHost', 'pwa-extensionHost']);
const environmentTypes = new Set([...nodeTypes, 'debugpy', 'python', 'go', 'lldb']);

/**
 * `env` of a launch configuration with which its program writes a key log. Null for a type that is not known to have it, unless the
 * configuration has it.
 */
export function keyLogEnvironment(
  type: string,
  env: unknown,
  path: string,
): Record<string, string | number | boolean | null> | null {
  if (!environmentTypes.has(type) && env === undefined) return null;
  const known = v.safeParse(v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()])), env ?? {});
  if (!known.success) return null;
  const changed = { ...known.output, SSLKEYLOGFILE: path };
  if (!nodeTypes.has(type)) return changed;
  // Node has an option instead of the variable. A path with a space is quoted (nodejs.org, NODE_OPTIONS).
  const before = known.output['NODE_OPTIONS'];
  const option = `--tls-keylog="${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return { ...changed, NODE_OPTIONS: typeof before === 'string' && before !== '' ? `${before} ${option}` : option };
}
