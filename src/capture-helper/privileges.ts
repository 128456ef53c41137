import { userInfo } from 'node:os';
import { CaptureFault } from '../protocol/captureFault';

type IdentityCall =
  'geteuid' | 'getuid' | 'getgid' | 'getegid' | 'getgroups' | 'seteuid' | 'setgroups' | 'setgid' | 'setuid';

/** The part of `process` that tells and changes identity; absent on Windows. */
export type Identity = Required<Pick<NodeJS.Process, IdentityCall>>;

export interface UserIds {
  uid: number;
  gid: number;
}

/**
 * The user who started sudo or pkexec; null when the process is not root, or when nobody but root asked for it.
 * @param primaryGroupOfEffectiveUser looks the group up while the process has the user's effective id (pkexec does not tell it)
 * @throws CaptureFault PRIVILEGE_DROP_FAILED: the caller must end the process
 */
export function findInvoker(
  identity: Identity | null,
  environment: NodeJS.ProcessEnv,
  primaryGroupOfEffectiveUser: () => number = () => userInfo().gid,
): UserIds | null {
  if (identity === null || identity.geteuid() !== 0) return null;
  // sudo and pkexec set these themselves, whatever their caller had in them.
  const { SUDO_UID, SUDO_GID, PKEXEC_UID } = environment;
  const uidText = SUDO_UID ?? PKEXEC_UID;
  const uid = uidText === undefined ? 0 : parseId(uidText);
  if (uid === 0) return null;
  const gidText = SUDO_UID === undefined ? undefined : SUDO_GID;
  return { uid, gid: gidText === undefined ? groupOf(identity, uid, primaryGroupOfEffectiveUser) : parseId(gidText) };
}

/**
 * Gives root up for good and becomes `user`; nothing to do without one.
 * @returns the effective user id afterwards, null on a system without one
 * @throws CaptureFault PRIVILEGE_DROP_FAILED: the caller must end the process
 */
export function dropPrivileges(identity: Identity | null, user: UserIds | null): number | null {
  if (identity === null || user === null) return identity?.geteuid() ?? null;
  try {
    // The order matters: without root none of the groups could be given up any more.
    identity.setgroups([]);
    identity.setgid(user.gid);
    identity.setuid(user.uid);
    verify(identity, user.uid, user.gid);
  } catch (error) {
    throw error instanceof CaptureFault ? error : failed(error instanceof Error ? error.message : String(error));
  }
  return user.uid;
}

function groupOf(identity: Identity, uid: number, primaryGroupOfEffectiveUser: () => number): number {
  identity.seteuid(uid);
  try {
    return primaryGroupOfEffectiveUser();
  } finally {
    identity.seteuid(0);
  }
}

function verify(identity: Identity, uid: number, gid: number): void {
  const isUser = identity.getuid() === uid && identity.geteuid() === uid;
  const isGroup = identity.getgid() === gid && identity.getegid() === gid;
  // Some systems report the effective group among the supplementary ones.
  if (!isUser || !isGroup || identity.getgroups().some((group) => group !== gid)) {
    throw failed('the process still has an identity of root');
  }
  try {
    identity.setuid(0);
  } catch {
    if (identity.geteuid() === uid) return;
  }
  throw failed('root could be regained');
}

function parseId(text: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  // (uid_t) -1 means "leave it as it is" to the system calls.
  if (!(id < 0xffffffff)) throw failed('sudo or pkexec gave no usable user id');
  return id;
}

function failed(reason: string): CaptureFault {
  return new CaptureFault('PRIVILEGE_DROP_FAILED', `Administrator rights could not be given up: ${reason}.`);
}
