import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';

export type SudoRule = 'nopasswd' | 'password' | 'none';

/** An unprivileged user with a password, and a rule for sudo of its own. Removed by `dispose`. */
export class TestUser {
  readonly name: string;
  readonly password = randomBytes(12).toString('hex');
  readonly uid: number;
  readonly gid: number;
  private readonly sudoersFile: string;

  constructor() {
    this.name = `nta${process.pid}`;
    this.sudoersFile = `/etc/sudoers.d/nta-test-${process.pid}`;
    execFileSync('useradd', ['--no-create-home', '--shell', '/bin/sh', '--groups', 'users', this.name]);
    execFileSync('chpasswd', { input: `${this.name}:${this.password}\n` });
    this.uid = Number(execFileSync('id', ['-u', this.name]));
    this.gid = Number(execFileSync('id', ['-g', this.name]));
  }

  allow(rule: SudoRule): void {
    rmSync(this.sudoersFile, { force: true });
    if (rule === 'none') return;
    const tag = rule === 'nopasswd' ? 'NOPASSWD: ' : '';
    const text = `Defaults:${this.name} timestamp_timeout=0, !fqdn\n${this.name} ALL=(ALL) ${tag}ALL\n`;
    writeFileSync(this.sudoersFile, text, { mode: 0o440 });
  }

  /** Words that run `words` as this user, without any capability. */
  command(words: string[]): string[] {
    return [
      'setpriv',
      `--reuid=${this.uid}`,
      `--regid=${this.gid}`,
      '--init-groups',
      '--inh-caps=-all',
      '--',
      ...words,
    ];
  }

  dispose(): void {
    rmSync(this.sudoersFile, { force: true });
    spawnSync('userdel', [this.name]);
  }
}
