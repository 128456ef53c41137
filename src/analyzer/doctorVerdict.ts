import type { DoctorCheck, DoctorReport } from '../protocol/doctor';
import type { MachineFacts, ToolFacts } from './doctorFacts';

type Verdict = Omit<DoctorReport, 'checks'>;

/** Judges what was found: the first thing that stands in the way, and the one command that repairs it. Pure. */
export function judge(facts: MachineFacts): DoctorReport {
  return { ...verdictOf(facts), checks: checksOf(facts) };
}

function verdictOf(facts: MachineFacts): Verdict {
  if (facts.tcpdump === null && facts.dumpcap === null && !facts.hasBinding) {
    const summary =
      'Nothing that captures is installed: neither tcpdump nor dumpcap, and the capture library does not fit.';
    return { verdict: 'blocked', summary, command: installCommand(facts) };
  }
  if (facts.platform === 'win32') return windowsVerdict(facts);
  if (facts.platform === 'darwin' && facts.deviceReadable) {
    return { verdict: 'ready', summary: 'This user may read the packet filter devices (/dev/bpf*).', command: null };
  }
  return linuxLimits(facts) ?? freeOfCharge(facts) ?? withRights(facts);
}

function windowsVerdict({ deviceReadable }: MachineFacts): Verdict {
  return deviceReadable
    ? { verdict: 'ready', summary: 'Npcap is installed.', command: null }
    : { verdict: 'blocked', summary: 'Npcap is not installed.', command: 'winget install --id Insecure.Npcap' };
}

/** What no password can change. */
function linuxLimits(facts: MachineFacts): Verdict | null {
  if (facts.wsl === 1) {
    const summary = 'WSL 1 has no packet sockets. Type this in Windows:';
    return {
      verdict: 'blocked',
      summary,
      command: `wsl --set-version ${process.env['WSL_DISTRO_NAME'] ?? 'Debian'} 2`,
    };
  }
  if (!facts.rootMayCapture) {
    const where = facts.container === null ? 'Whatever started this session' : `This container (${facts.container})`;
    const summary = `${where} lacks the capability NET_RAW, so that not even root may capture. In a dev container: "runArgs": ["--cap-add=NET_RAW"].`;
    return { verdict: 'blocked', summary, command: 'docker run --cap-add=NET_RAW …' };
  }
  return null;
}

/** Ways that need nobody's permission. */
function freeOfCharge(facts: MachineFacts): Verdict | null {
  const ready = (summary: string): Verdict => ({ verdict: 'ready', summary, command: null });
  if (facts.isRoot) return ready('This user is root.');
  if (facts.mayCapture) return ready('This process may open packet sockets (CAP_NET_RAW).');
  if (facts.noNewPrivileges) return null;
  const capable = [facts.tcpdump, facts.dumpcap].find((tool) => tool?.runnable && tool.capable === true);
  if (capable) return ready(`${capable.path} may capture without a password.`);
  return null;
}

function withRights(facts: MachineFacts): Verdict {
  const blocked = (summary: string, command: string): Verdict => ({ verdict: 'blocked', summary, command });
  if (facts.noNewPrivileges) {
    return blocked(
      'No program may gain rights here (NoNewPrivs), so neither sudo nor pkexec nor dumpcap works. In a container, start it without this option:',
      'docker run --cap-add=NET_RAW --user root …  # without --security-opt=no-new-privileges',
    );
  }
  if (facts.sandbox === 'flatpak') {
    return blocked(
      'VS Code runs in the sandbox of Flatpak, which has no sudo and no packet sockets. Open the folder outside of it:',
      'code --remote ssh-remote+localhost .',
    );
  }
  const group = groupThatMissesUser(facts);
  if (group !== null && facts.futureGroups.includes(group)) {
    const summary = `This user came into the group ${group} after this login: log out and in again.`;
    return blocked(summary, `sudo loginctl terminate-user ${facts.user}`);
  }
  const once = group === null ? setUpOnce(facts) : `sudo usermod -aG ${group} ${facts.user}`;
  if (facts.sudo?.answer === 'silent') {
    return { verdict: 'ready', summary: 'sudo asks for no password.', command: null };
  }
  if (facts.pkexec !== null && facts.polkitAgent !== null && facts.isGraphical) {
    const summary = 'The desktop will ask for a password (pkexec). Type this, and log in again, to be asked no more:';
    return { verdict: 'asks', summary, command: once };
  }
  if (facts.sudo?.answer === 'password') {
    const summary = 'The editor will ask for the password (sudo -A). Type this, and log in again, to be asked no more:';
    return { verdict: 'asks', summary, command: once };
  }
  const why = facts.sudo === null ? 'sudo is not installed' : `${facts.user} is not in sudoers`;
  const admins = facts.packageManager === 'apt-get' ? 'sudo' : 'wheel';
  return blocked(
    `This user may not capture and cannot get the right to: ${why}. Somebody who knows root's password types:`,
    group === null ? `su -c 'usermod -aG ${admins} ${facts.user}'` : `su -c 'usermod -aG ${group} ${facts.user}'`,
  );
}

/** The group that may run a capable dumpcap, which this user is not in. */
function groupThatMissesUser({ dumpcap, groups }: MachineFacts): string | null {
  if (dumpcap === null || dumpcap.runnable || dumpcap.group === null || dumpcap.group === 'root') return null;
  return groups.includes(dumpcap.group) ? null : dumpcap.group;
}

/** Makes dumpcap capture for members of a group, the way of Wireshark. */
function setUpOnce({ platform, packageManager, dumpcap, user }: MachineFacts): string | null {
  // The group of ChmodBPF, which comes with Wireshark.
  if (platform === 'darwin') return `sudo dseditgroup -o edit -a ${user} -t user access_bpf`;
  if (dumpcap === null || packageManager === 'brew' || packageManager === null) return null;
  const join = `sudo usermod -aG wireshark ${user}`;
  if (packageManager === 'apt-get') return `sudo dpkg-reconfigure wireshark-common && ${join}`;
  const give = `sudo chgrp wireshark ${dumpcap.path} && sudo chmod 750 ${dumpcap.path}`;
  return `sudo groupadd -f wireshark && ${give} && sudo setcap cap_net_raw,cap_net_admin=eip ${dumpcap.path} && ${join}`;
}

function installCommand({ packageManager, platform, isRoot }: MachineFacts): string {
  const sudo = isRoot ? '' : 'sudo ';
  if (platform === 'win32') return 'winget install --id WiresharkFoundation.Wireshark';
  switch (packageManager) {
    case 'apt-get':
      return `${sudo}apt-get install -y tcpdump`;
    case 'dnf':
      return `${sudo}dnf install -y tcpdump`;
    case 'zypper':
      return `${sudo}zypper install -y tcpdump`;
    case 'pacman':
      return `${sudo}pacman -S --noconfirm tcpdump`;
    case 'apk':
      return `${sudo}apk add tcpdump`;
    case 'brew':
      return 'brew install tcpdump';
    case null:
      return 'node scripts/native.mjs';
  }
}

function checksOf(facts: MachineFacts): DoctorCheck[] {
  const check = (name: string, state: DoctorCheck['state'], found: string): DoctorCheck => ({ name, state, found });
  const tool = (name: string, found: ToolFacts | null): DoctorCheck => {
    if (found === null) return check(name, 'note', 'not installed');
    const right =
      found.capable === null ? 'rights unknown' : found.capable ? 'may capture' : 'may not capture by itself';
    const group = found.group === null ? '' : `, group ${found.group}`;
    return check(
      name,
      found.runnable ? 'ok' : 'note',
      `${found.path}, ${found.runnable ? right : 'not for this user'}${group}`,
    );
  };
  const checks = [
    check('user', 'ok', `${facts.user}${facts.isRoot ? ' (root)' : ''}`),
    tool('tcpdump', facts.tcpdump),
    tool('dumpcap', facts.dumpcap),
    check('capture library', facts.hasBinding ? 'ok' : 'note', facts.hasBinding ? 'fits' : 'does not fit this Node'),
  ];
  if (facts.platform === 'darwin') {
    checks.push(
      check('/dev/bpf*', facts.deviceReadable ? 'ok' : 'note', facts.deviceReadable ? 'readable' : 'root only'),
    );
  }
  if (facts.platform === 'win32') {
    const found = facts.deviceReadable ? 'installed' : 'not installed';
    return [...checks, check('Npcap', facts.deviceReadable ? 'ok' : 'problem', found)];
  }
  const { sudo } = facts;
  const words = { silent: 'asks for nothing', password: 'asks for a password', forbidden: 'not for this user' };
  if (!facts.isRoot) {
    const kind = sudo?.isRust === true ? ' (sudo-rs)' : '';
    const isUsable = sudo !== null && sudo.answer !== 'forbidden';
    checks.push(
      check('sudo', isUsable ? 'ok' : 'note', sudo === null ? 'not installed' : `${words[sudo.answer]}${kind}`),
    );
  }
  if (facts.platform !== 'linux') return checks;
  const agent = facts.polkitAgent === null ? 'nothing shows its dialog' : `${facts.polkitAgent} shows its dialog`;
  const { noNewPrivileges: isBound, rootMayCapture } = facts;
  checks.push(
    check('pkexec', facts.pkexec === null ? 'note' : 'ok', facts.pkexec === null ? 'not installed' : agent),
    check('setpriv', facts.setpriv === null ? 'note' : 'ok', facts.setpriv ?? 'not installed'),
    check('NoNewPrivs', isBound ? 'problem' : 'ok', isBound ? 'set: no program gains rights' : 'not set'),
    check(
      'NET_RAW',
      rootMayCapture ? 'ok' : 'problem',
      rootMayCapture ? 'can be had' : 'cannot be had, not even by root',
    ),
  );
  if (facts.container !== null) checks.push(check('container', 'note', facts.container));
  if (facts.sandbox !== null) {
    checks.push(check('sandbox', facts.sandbox === 'flatpak' ? 'problem' : 'note', facts.sandbox));
  }
  if (facts.wsl !== null) checks.push(check('WSL', facts.wsl === 1 ? 'problem' : 'ok', `version ${facts.wsl}`));
  return checks;
}
