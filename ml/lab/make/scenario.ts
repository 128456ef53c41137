/** One attack of a scenario, as `truth.json` tells it. */
export interface AttackFacts {
  category: string;
  subtype: string;
  /** Name of the program, for splits by tool. */
  tool: string;
  /** Where it goes; the sources are the addresses of the client. */
  victims: { ip: string; proto: 'tcp' | 'udp'; ports: string }[];
}

/** What happens between one client and the servers while one capture runs. */
export interface Scenario {
  name: string;
  /** Null for benign traffic. */
  attack: AttackFacts | null;
  /** Shell commands that run at the same time in the client's namespace. `$NODE` runs a program of this folder. */
  commands: string[];
  /** All of it ends after so many seconds. */
  seconds: number;
  /** What lies between client and servers; a path with delay has no segmentation offload. */
  path?: { delayMs: number; jitterMs: number; lossPercent: number };
  /** Bytes a second that the client's link takes, in bits ("10mbit"). */
  rate?: string;
  /** Segmentation and receive offload at the client; on without a delay. */
  offload?: boolean;
  /** More addresses of the client beside its first. */
  addresses?: number;
}

/** Addresses of the servers, each with other programs: see `servers.ts`. */
export const servers = { nginx: '10.88.0.10', apache: '10.88.0.11', app: '10.88.0.12', plain: '10.88.0.13', closed: '10.88.0.19' } as const; // prettier-ignore

/** Servers of `moreServers.ts`. */
export const moreServers = { lighttpd: '10.88.0.14', data: '10.88.0.15', python: '10.88.0.16', haproxy: '10.88.0.17', caddy: '10.88.0.18' } as const; // prettier-ignore

/** Names of the programs beside this file are written as words of a command so. */
export const program = (name: string, ...words: (string | number)[]): string => `$NODE ${name}.ts ${words.join(' ')}`;

/** What a scenario may leave to the usual. */
export type Options = Partial<Omit<Scenario, 'name' | 'attack' | 'commands'>>;

/** Paths of some tens of milliseconds, one of them with losses. */
export const far = { delayMs: 18, jitterMs: 6, lossPercent: 0 };
export const lossy = { delayMs: 35, jitterMs: 15, lossPercent: 1 };

/** A login by key, to servers whose keys nobody knows. */
export const sshOptions =
  '-i user_key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes';
