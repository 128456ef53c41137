import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { whenEnded } from '../../../scripts/lib/children.mjs';

const programs = ['ssh', 'ssh-keygen', 'tcpdump'];
const serverPath = '/usr/sbin/sshd';
/** Read by every ssh of this machine; the test's file in it is there for as long as the test. */
const configurationFolder = '/etc/ssh/ssh_config.d';

/** A real sshd on the loopback, with keys and a configuration of its own in a temporary folder. */
export class SshServer {
  /** Name under which ssh knows it here. */
  readonly host = `nta-e2e-${process.pid}`;
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'nta-sshd-'));
  private readonly configuration = path.join(configurationFolder, `${this.host}.conf`);
  private readonly keepNoMore = whenEnded(() => this.remove());
  private child: ChildProcess | null = null;

  /** Why it cannot run here, or null. */
  static missing(): string | null {
    if (process.getuid?.() !== 0) return 'needs root, to let a user of this machine log in without a password';
    if (!existsSync(serverPath)) return 'sshd is not installed (Debian: openssh-server)';
    const absent = programs.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
    if (absent.length > 0) return `not installed: ${absent.join(', ')}`;
    return existsSync(configurationFolder) ? null : `there is no ${configurationFolder}`;
  }

  static async start(): Promise<SshServer> {
    const server = new SshServer();
    try {
      await server.listen();
      return server;
    } catch (error) {
      server.close();
      throw error;
    }
  }

  /** From now on ssh knows another key of this host than it has. */
  forgeKnownKey(): void {
    this.know('other');
  }

  /** And the right one again. */
  restoreKnownKey(): void {
    this.know('host');
  }

  close(): void {
    this.keepNoMore();
    this.remove();
  }

  private async listen(): Promise<void> {
    for (const name of ['host', 'other', 'user']) {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', this.file(name)]);
    }
    const port = await freePort();
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const options = ['PidFile=none', 'UsePAM=no', 'StrictModes=no', 'PermitRootLogin=prohibit-password'];
    const words = [
      ...['-D', '-e', '-f', '/dev/null', '-h', this.file('host')],
      ...[...options, `ListenAddress=127.0.0.1:${port}`, `AuthorizedKeysFile=${this.file('user.pub')}`].flatMap(
        (option) => ['-o', option],
      ),
    ];
    const child = (this.child = spawn(serverPath, words, { stdio: ['ignore', 'ignore', 'pipe'] }));
    let said = '';
    for (child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString())); !said.includes('Server listening');) {
      await Promise.race([once(child.stderr!, 'data'), once(child, 'exit')]);
      if (child.exitCode !== null) throw new Error(`sshd ended: ${said}`);
    }
    const lines = [
      `Host ${this.host}`,
      '  HostName 127.0.0.1',
      `  HostKeyAlias ${this.host}`,
      `  Port ${port}`,
      '  User root',
      `  IdentityFile ${this.file('user')}`,
      '  IdentitiesOnly yes',
      `  UserKnownHostsFile ${this.file('known_hosts')}`,
    ];
    this.know('host');
    writeFileSync(this.configuration, `${lines.join('\n')}\n`, { mode: 0o644 });
  }

  private know(key: string): void {
    writeFileSync(this.file('known_hosts'), `${this.host} ${readFileSync(this.file(`${key}.pub`), 'utf8')}`);
  }

  private file(name: string): string {
    return path.join(this.folder, name);
  }

  private remove(): void {
    this.child?.kill('SIGKILL');
    // What serves a connection may outlive it, and holds the pipe.
    this.child?.stderr?.destroy();
    rmSync(this.configuration, { force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  server.close();
  await once(server, 'close');
  return port;
}
