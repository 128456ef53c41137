import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { eventually } from './stage';

const busSocket = '/run/dbus/system_bus_socket';
const polkitdPrograms = ['/usr/lib/polkit-1/polkitd', '/usr/libexec/polkitd'];
const rulesDirectory = '/etc/polkit-1/rules.d';

/** A polkit that allows one user everything that pkexec can do. Uses the system bus that runs, else brings its own. */
export class Polkit {
  private readonly ruleFile = `${rulesDirectory}/00-nta-test-${process.pid}.rules`;
  private readonly children: ChildProcess[] = [];

  /** Why it cannot run here, or null. */
  static missing(): string | null {
    if (!existsSync(rulesDirectory)) return `polkit is not installed: no ${rulesDirectory}`;
    if (existsSync(busSocket)) return null;
    if (!existsSync('/usr/bin/dbus-daemon')) return 'no system bus runs, and dbus-daemon is not installed';
    return polkitdPrograms.some((file) => existsSync(file)) ? null : 'polkitd is not installed';
  }

  /** @returns whether there is a system bus */
  async start(userName: string): Promise<boolean> {
    const condition = `action.id === 'org.freedesktop.policykit.exec' && subject.user === '${userName}'`;
    writeFileSync(
      this.ruleFile,
      `polkit.addRule(function (action, subject) { if (${condition}) return polkit.Result.YES; });\n`,
      { mode: 0o644 },
    );
    if (existsSync(busSocket)) return true;
    mkdirSync('/run/dbus', { recursive: true });
    this.children.push(spawn('/usr/bin/dbus-daemon', ['--system', '--nofork', '--nopidfile'], { stdio: 'ignore' }));
    if (!(await eventually(() => existsSync(busSocket), 5000))) return false;
    const polkitd = polkitdPrograms.find((file) => existsSync(file)) ?? '';
    this.children.push(spawn(polkitd, ['--no-debug'], { stdio: 'ignore' }));
    // polkitd tells nobody that it is ready; pkexec waits for it no longer than its own time limit on the bus.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return true;
  }

  dispose(): void {
    rmSync(this.ruleFile, { force: true });
    if (this.children.length === 0) return;
    for (const child of this.children.reverse()) child.kill('SIGKILL');
    rmSync(busSocket, { force: true });
  }
}
