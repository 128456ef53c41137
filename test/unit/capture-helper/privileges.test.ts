import assert from 'node:assert/strict';
import type { Identity } from '../../../src/capture-helper/privileges';
import { dropPrivileges, findInvoker } from '../../../src/capture-helper/privileges';
import { CaptureFault } from '../../../src/protocol/captureFault';

/** A process that changes identity by the rules of POSIX; `calls` holds what was done, in order. */
class FakeIdentity implements Identity {
  readonly calls: string[] = [];
  uid = 0;
  euid = 0;
  gid = 0;
  groups = [0, 4, 27];
  savedUid = 0;

  constructor(private readonly fault: 'none' | 'setuid does nothing' | 'root stays saved' | 'groups stay' = 'none') {}

  geteuid = (): number => this.euid;
  getuid = (): number => this.uid;
  getgid = (): number => this.gid;
  getegid = (): number => this.gid;
  getgroups = (): number[] => this.groups;
  seteuid = (id: number | string): void => {
    this.need(this.euid === 0 || this.savedUid === Number(id));
    this.euid = Number(id);
  };
  setgroups = (groups: readonly (number | string)[]): void => {
    this.calls.push('setgroups');
    this.need(this.euid === 0);
    if (this.fault !== 'groups stay') this.groups = groups.map(Number);
  };
  setgid = (id: number | string): void => {
    this.calls.push(`setgid ${id}`);
    this.need(this.euid === 0);
    this.gid = Number(id);
  };
  setuid = (id: number | string): void => {
    this.calls.push(`setuid ${id}`);
    this.need(this.euid === 0 || this.uid === Number(id) || this.savedUid === Number(id));
    if (this.fault === 'setuid does nothing') return;
    if (this.euid === 0 && this.fault !== 'root stays saved') this.savedUid = Number(id);
    this.uid = this.euid = Number(id);
  };

  private need(allowed: boolean): void {
    if (!allowed) throw new Error('EPERM');
  }
}

const drop = (identity: Identity | null, environment: NodeJS.ProcessEnv, primaryGroup?: () => number): number | null =>
  dropPrivileges(identity, findInvoker(identity, environment, primaryGroup));

const noGroup = (): number => assert.fail('the group was looked up');

describe('dropPrivileges', () => {
  it('becomes the user of sudo: groups first, then gid, then uid, then a try to come back', () => {
    const identity = new FakeIdentity();
    assert.equal(drop(identity, { SUDO_UID: '1000', SUDO_GID: '100' }, noGroup), 1000);
    assert.deepEqual(identity.calls, ['setgroups', 'setgid 100', 'setuid 1000', 'setuid 0']);
    assert.deepEqual([identity.uid, identity.euid, identity.gid, identity.groups], [1000, 1000, 100, []]);
  });

  it('looks the group up as the user when pkexec told none', () => {
    const identity = new FakeIdentity();
    const uid = drop(identity, { PKEXEC_UID: '1001', SUDO_GID: '0' }, () => {
      assert.equal(identity.euid, 1001);
      return 1002;
    });
    assert.equal(uid, 1001);
    assert.equal(identity.gid, 1002);
  });

  it('stays root when nobody but root asked', () => {
    for (const environment of [{}, { SUDO_UID: '0', SUDO_GID: '0' }, { PKEXEC_UID: '0' }]) {
      const identity = new FakeIdentity();
      assert.equal(drop(identity, environment, noGroup), 0);
      assert.deepEqual(identity.calls, []);
    }
  });

  it('does nothing in a process that is not root, whatever the environment says', () => {
    const identity = new FakeIdentity();
    identity.uid = identity.euid = 1234;
    assert.equal(drop(identity, { SUDO_UID: '1000', SUDO_GID: '1000' }, noGroup), 1234);
    assert.deepEqual(identity.calls, []);
  });

  it('has nothing to tell on Windows', () => {
    assert.equal(drop(null, {}, noGroup), null);
  });

  for (const id of ['', '-1', '4294967295', '1000 ', '0x3e8', '1e3', 'root']) {
    it(`refuses the user id ${JSON.stringify(id)}`, () => {
      const attempt = (): unknown => drop(new FakeIdentity(), { SUDO_UID: id, SUDO_GID: '100' }, noGroup);
      assert.throws(attempt, (error) => error instanceof CaptureFault && error.code === 'PRIVILEGE_DROP_FAILED');
    });
  }

  for (const fault of ['setuid does nothing', 'root stays saved', 'groups stay'] as const) {
    it(`fails when ${fault}`, () => {
      const attempt = (): unknown => drop(new FakeIdentity(fault), { SUDO_UID: '1000', SUDO_GID: '100' }, noGroup);
      assert.throws(attempt, (error) => error instanceof CaptureFault && error.code === 'PRIVILEGE_DROP_FAILED');
    });
  }
});
