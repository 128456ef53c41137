import { LimitCounter, engineLimits } from '../limits';

/** Labels of the secrets that records are decrypted with (draft-ietf-tls-keylogfile; NSS Key Log Format). */
export const secretLabels = [
  'CLIENT_RANDOM',
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
] as const;
export type SecretLabel = (typeof secretLabels)[number];

export type ConnectionSecrets = Partial<Record<SecretLabel, Uint8Array>>;

/** The longest line that is one: the longest label, a random of 32 bytes and a secret of 48. */
const maxLineLength = 256;
const linePattern = /^([A-Z0-9_]+) ([0-9a-fA-F]{64}) ([0-9a-fA-F]+)$/;

/**
 * Secrets of TLS connections, by the random of their ClientHello. Kept in memory only: nothing writes or tells them. Takes the text of
 * key log files; lines that are none, or of another kind, are passed over.
 */
export class KeyLog {
  readonly limit: LimitCounter;
  readonly #connections = new Map<string, ConnectionSecrets>();
  #version = 0;

  constructor(maxConnections: number = engineLimits.tlsConnectionsWithKeys) {
    this.limit = new LimitCounter('TLS connections with a key', maxConnections);
  }

  /** Connections that there are secrets of. */
  get size(): number {
    return this.#connections.size;
  }

  /** Another number after every secret that came. */
  get version(): number {
    return this.#version;
  }

  /** Takes whole lines of ASCII; the bytes are not needed after the call. */
  add(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length;) {
      const feed = bytes.indexOf(0x0a, start);
      const end = feed < 0 ? bytes.length : feed;
      if (end - start <= maxLineLength) this.#line(String.fromCharCode(...bytes.subarray(start, end)).trimEnd());
      start = end + 1;
    }
  }

  /** Secrets of the connection whose ClientHello has this random; null without any. */
  of(clientRandom: Uint8Array): ConnectionSecrets | null {
    return this.#connections.get(hexText(clientRandom)) ?? null;
  }

  #line(line: string): void {
    const match = linePattern.exec(line);
    const label = secretLabels.find((known) => known === match?.[1]);
    const [, , random = '', secret = ''] = match ?? [];
    if (label === undefined) return;
    const lengthBytes = secret.length / 2;
    if (lengthBytes !== 48 && (lengthBytes !== 32 || label === 'CLIENT_RANDOM')) return;
    const key = random.toLowerCase();
    let secrets = this.#connections.get(key);
    if (secrets === undefined) {
      if (this.#connections.size >= this.limit.limit) {
        this.limit.hits++;
        return;
      }
      secrets = {};
      this.#connections.set(key, secrets);
    }
    if (secrets[label] !== undefined) return;
    secrets[label] = hexBytes(secret);
    this.#version++;
  }
}

function hexText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

function hexBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) bytes[index] = parseInt(text.slice(2 * index, 2 * index + 2), 16);
  return bytes;
}
