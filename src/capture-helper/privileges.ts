import { userInfo } from 'node:os';
import { SourceError } from './packetSource';

type IdentityCall =
  'geteuid' | 'getuid' | 'getgid' | 'getegid' | 'getgroups' | 'seteuid' | 'setgroups' | 'setgid' | 'setuid';

/** The part of `process` that tells and changes identity; absent on Windows. */
export type Identity = Required<Pick<NodeJS.Process, IdentityCall>>;

/**
 * Gives root up for good and becomes the user who started sudo or pkexec. Does nothing when the process is not root,
 * or when nobody but root asked for it.
 * @param primaryGroupOfEffectiveUser looks the group up while the process has the user's effective id (pkexec does not tell it)
 * @returns the effective user id afterwards, null on a system without one
 * @throws SourceError PRIVILEGE_DROP_FAILED: the caller must end the process
 */
export function dropPrivileges(
  identity: Identity | null,
  environment: NodeJS.ProcessEnv,
  primaryGroupOfEffectiveUser: () => number = () => userInfo().gid,
): number | null {
  if (identity === null) return null;
  if (identity.geteuid() !== 0) return identity.geteuid();
  // sudo and pkexec set these themselves, whatever their caller had in them.
  const { SUDO_UID, SUDO_GID, PKEXEC_UID } = environment;
  const uidText = SUDO_UID ?? PKEXEC_UID;
  if (uidText === undefined) return 0;
  const uid = parseId(uidText);
  if (uid === 0) return 0;
  try {
    const gidText = SUDO_UID === undefined ? undefined : SUDO_GID;
    const gid = gidText === undefined ? groupOf(identity, uid, primaryGroupOfEffectiveUser) : parseId(gidText);
    // The order matters: without root none of the groups could be given up any more.
    identity.setgroups([]);
    identity.setgid(gid);
    identity.setuid(uid);
    verify(identity, uid, gid);
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw failed(error instanceof Error ? error.message : String(error));
  }
  return uid;
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
  let cameBack = true;
  try {
    identity.setuid(0);
  } catch {
    cameBack = false;
  }
  if (cameBack || identity.geteuid() !== uid) throw failed('root could be regained');
}

function parseId(text: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  // (uid_t) -1 means "leave it as it is" to the system calls.
  if (!(id < 0xffffffff)) throw failed('sudo or pkexec gave no usable user id');
  return id;
}

function failed(reason: string): SourceError {
  return new SourceError('PRIVILEGE_DROP_FAILED', `Administrator rights could not be given up: ${reason}.`);
}
