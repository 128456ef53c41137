import type { ChildProcess } from 'node:child_process';

export interface HostOptions {
  /** Packages to install. */
  vsix?: string[];
  /** Extension folders to load in place, by symbolic link. */
  link?: string[];
  /** Honours `extensionDevelopmentPath` and `extensionTestsPath` of the page address, and hides toasts. */
  smokeDriver?: boolean;
  /** User settings on top of the ones that every workbench gets. */
  settings?: Record<string, unknown>;
  /** Settings of the machine that the extensions run on: those of scope `machine` are read from nowhere else. */
  machineSettings?: Record<string, unknown>;
  /** Environment of the server, and so of the extension host. */
  env?: Record<string, string>;
  /** 0: any free port. */
  port?: number;
}

export interface Host {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The temporary folder that holds all that the workbench writes; user settings are in `u/User/settings.json`. */
  readonly folder: string;
  readonly server: ChildProcess;
  log(): string;
  /** Address of a window with a folder open. */
  pageAddress(workspace: string): string;
  /** How a file of this machine is named in a window's address. */
  remoteUri(file: string): string;
  /** Ends the server with everything that it started, and removes the temporary folder. */
  stop(): Promise<void>;
}

export const settingsForEveryone: Record<string, unknown>;
export const settingsForTests: Record<string, unknown>;
export function startHost(options?: HostOptions): Promise<Host>;
export function freePort(first: number, tries?: number): Promise<number>;
