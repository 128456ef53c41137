import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { ProcessIdentity } from '../core/flows/flowOwners';
import type { LimitCounter } from '../core/limits';

const maxProcesses = 16_384;
/** Work between two turns of the event loop, which packets wait for. */
const sliceMs = 4;
const maxParents = 16;
const maxNameLength = 64;
/** Answers that are kept; then all are forgotten. */
const maxAnswers = 10_000;

/**
 * Which process holds a socket, by the links in /proc/PID/fd (proc_pid_fd(5)). The kernel shows those of other users to root alone:
 * of these it stays unknown. So does a socket that different programs share.
 */
export class SocketProcesses {
  readonly #answers = new Map<number, ProcessIdentity | null>();

  /** @param limit file descriptors that one search looks at; counts the searches that it cut short */
  constructor(
    private readonly limit: LimitCounter,
    private readonly proc: string = '/proc',
  ) {}

  /** The holder of each socket, null for unknown. */
  async find(inodes: ReadonlySet<number>): Promise<ReadonlyMap<number, ProcessIdentity | null>> {
    const missing = new Set([...inodes].filter((inode) => !this.#answers.has(inode)));
    if (missing.size > 0) {
      if (this.#answers.size + missing.size > maxAnswers) this.#answers.clear();
      const holders = await this.#search(missing);
      for (const inode of missing) this.#answers.set(inode, this.#identity(holders.get(inode) ?? []));
    }
    return this.#answers;
  }

  async #search(inodes: ReadonlySet<number>): Promise<Map<number, number[]>> {
    const holders = new Map<number, number[]>();
    let left = this.limit.limit;
    let sliceEnd = performance.now() + sliceMs;
    const pids = names(this.proc).filter((name) => /^\d+$/.test(name));
    if (pids.length > maxProcesses) this.limit.hits++;
    for (const pid of pids.slice(0, maxProcesses)) {
      if (performance.now() > sliceEnd) {
        await yieldToOthers();
        sliceEnd = performance.now() + sliceMs;
      }
      const descriptors = names(`${this.proc}/${pid}/fd`);
      left -= descriptors.length;
      if (left < 0) {
        // What was not looked at could share a socket: then nothing is known for sure.
        this.limit.hits++;
        return new Map();
      }
      for (const descriptor of descriptors) {
        const inode = socketInode(link(`${this.proc}/${pid}/fd/${descriptor}`));
        if (inode === null || !inodes.has(inode)) continue;
        const known = holders.get(inode);
        if (known === undefined) holders.set(inode, [Number(pid)]);
        else if (!known.includes(Number(pid))) known.push(Number(pid));
      }
    }
    return holders;
  }

  #identity(pids: readonly number[]): ProcessIdentity | null {
    const programs = new Set(pids.map((pid) => this.#program(pid)));
    const [program] = programs;
    const [pid] = pids;
    if (programs.size !== 1 || program === undefined || program === null || pid === undefined) return null;
    return { program, pid: pids.length === 1 ? pid : null, parents: this.#parents(pid) };
  }

  #program(pid: number): string | null {
    const target = link(`${this.proc}/${pid}/exe`);
    if (target === null) return null;
    const name = path.basename(target.replace(/ \(deleted\)$/, ''));
    const clean = name.replace(/\p{C}/gu, '').slice(0, maxNameLength);
    return clean === '' ? null : clean;
  }

  #parents(pid: number): number[] {
    const parents: number[] = [];
    for (let at = pid; parents.length < maxParents;) {
      const parent = parentOf(this.proc, at);
      if (parent === null || parent <= 1) break;
      parents.push(parent);
      at = parent;
    }
    return parents;
  }
}

/** Parent of a process (proc_pid_stat(5)): the name before it can hold anything, brackets too. */
function parentOf(proc: string, pid: number): number | null {
  try {
    const text = readFileSync(`${proc}/${pid}/stat`, 'latin1');
    const parent = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]);
    return Number.isSafeInteger(parent) ? parent : null;
  } catch {
    return null;
  }
}

function socketInode(target: string | null): number | null {
  const match = target === null ? null : /^socket:\[(\d+)\]$/.exec(target);
  return match === null ? null : Number(match[1]);
}

function link(file: string): string | null {
  try {
    return readlinkSync(file);
  } catch {
    return null;
  }
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
