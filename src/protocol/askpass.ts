/**
 * Our askpass program, between sudo and the extension. It prints the password to stdout, as sudo wants it, and one of
 * these lines to stderr, so that whoever started sudo need not understand sudo's translated messages.
 */
export const askpassMarkers = {
  cancelled: 'network-traffic-askpass: cancelled',
  answered: 'network-traffic-askpass: answered',
};

/** Variables that the program is started with. */
export const askpassVariables = {
  node: 'NETWORK_TRAFFIC_ASKPASS_NODE',
  main: 'NETWORK_TRAFFIC_ASKPASS_MAIN',
  socket: 'NETWORK_TRAFFIC_ASKPASS_SOCKET',
  token: 'NETWORK_TRAFFIC_ASKPASS_TOKEN',
};

/** Longest request line and longest answer line on its socket. */
export const maxAskpassLineBytes = 4096;

/** How long a person may take to answer. */
export const askpassTimeoutMs = 110_000;

/** One line from the program. */
export interface AskpassRequest {
  token: string;
  prompt: string;
}

/** One line back; null when nobody gave a password. */
export interface AskpassAnswer {
  password: string | null;
}

export function isAskpassRequest(value: unknown): value is AskpassRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { token, prompt } = value as { token?: unknown; prompt?: unknown };
  return typeof token === 'string' && typeof prompt === 'string';
}

export function isAskpassAnswer(value: unknown): value is AskpassAnswer {
  if (typeof value !== 'object' || value === null) return false;
  const { password } = value as { password?: unknown };
  return password === null || typeof password === 'string';
}
