import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { seededRandom } from '../../random';
import type { LabNetwork } from './network';
import { servers } from './scenario';

const sizes = [180, 900, 2_400, 7_000, 18_000, 41_000, 90_000, 260_000, 900_000, 4_000_000, 12_000_000];

/** Files of many sizes, pages that name some of them, segments of a film, and a repository. */
function writeSite(root: string): void {
  const random = seededRandom(5);
  mkdirSync(path.join(root, 'film'), { recursive: true });
  for (const size of sizes) writeFileSync(path.join(root, `f${size}.bin`), bytes(size, random));
  for (let i = 0; i < 24; i++) {
    writeFileSync(path.join(root, 'film', `s${i}.bin`), bytes(150_000 + Math.floor(random() * 900_000), random));
  }
  for (let i = 0; i < 12; i++) {
    const links = Array.from(
      { length: 2 + Math.floor(random() * 9) },
      () => `/f${sizes[Math.floor(random() * 8)] ?? 180}.bin`,
    );
    const words = Array.from({ length: 20 + Math.floor(random() * 900) }, () =>
      Math.floor(random() * 1e6).toString(36),
    );
    writeFileSync(
      path.join(root, `p${i}.html`),
      `<h1>${i}</h1>${links.map((l) => `<img src="${l}">`).join('')}<p>${words.join(' ')}`,
    );
  }
  writeFileSync(path.join(root, 'index.html'), '<a href="p1.html">one</a>');
}

function bytes(size: number, random: () => number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, () => Math.floor(random() * 256)));
}

function writeRepository(root: string, work: string): void {
  const run = (cwd: string, ...words: string[]): void => void execFileSync('git', words, { cwd, stdio: 'ignore' });
  mkdirSync(work, { recursive: true });
  run(work, 'init', '-q');
  for (let i = 0; i < 12; i++) {
    writeFileSync(
      path.join(work, `file${i}.txt`),
      Array.from({ length: 400 * (i + 1) }, (_, n) => `line ${n * i}`).join('\n'),
    );
    run(work, 'add', '.');
    run(work, '-c', 'user.name=a', '-c', 'user.email=a@lab.test', 'commit', '-qm', `change ${i}`);
  }
  run(root, 'clone', '-q', '--bare', work, 'repo.git');
  run(path.join(root, 'repo.git'), 'update-server-info');
}

/** Words that run a program of this folder, wherever the working directory is. */
export const programCommand = (name: string): string =>
  `${process.execPath} --import ${pathToFileURL(require.resolve('tsx')).href} ${path.join(__dirname, name)}`;

/** Starts every server; needs nginx, apache2, OpenSSH, dropbear, vsftpd, dnsmasq, git, rsync and python3 of Debian. */
export function startServers(network: LabNetwork, folder: string): void {
  const site = path.join(folder, 'site');
  mkdirSync(site, { recursive: true });
  execFileSync('chmod', ['755', folder, site]);
  writeSite(site);
  writeRepository(site, path.join(folder, 'work'));
  const run = (command: string): void => void network.start(network.serverSpace, command);
  const shell = (command: string): void => void execFileSync('bash', ['-c', command], { cwd: folder, stdio: 'ignore' });
  shell('ssh-keygen -q -t ed25519 -N "" -f host_key; ssh-keygen -q -t ed25519 -N "" -f user_key; chmod 600 *_key');
  shell('htpasswd -bc htpasswd admin right-horse;');
  shell(
    'openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=www.lab.test -keyout tls.key -out tls.crt; mkdir -p /run/sshd incoming; dropbearkey -t ed25519 -f dropbear_key',
  );
  writeFileSync(path.join(folder, 'nginx.conf'), nginxConfiguration(folder, site));
  writeFileSync(path.join(folder, 'apache.conf'), apacheConfiguration(folder, site));
  writeFileSync(path.join(folder, 'sshd.conf'), sshConfiguration(folder));
  writeFileSync(path.join(folder, 'ftp.conf'), ftpConfiguration(site));
  writeFileSync(
    path.join(folder, 'rsync.conf'),
    `[files]\npath = ${folder}/incoming\nread only = no\nuse chroot = no\nuid = root\n`,
  );
  run(`exec nginx -c ${folder}/nginx.conf`);
  run(`exec apache2 -X -f ${folder}/apache.conf`);
  run(`exec /usr/sbin/sshd -D -f ${folder}/sshd.conf`);
  run(`exec dropbear -F -E -r ${folder}/dropbear_key -p ${servers.app}:22 -p ${servers.plain}:2222`);
  run(`mkdir -p /var/run/vsftpd/empty; exec vsftpd ${folder}/ftp.conf`);
  run(
    `exec dnsmasq -k -C /dev/null --no-hosts --no-resolv -i eth0 --address=/lab.test/${servers.nginx} --address=/cdn.test/${servers.apache} --txt-record=lab.test,hello --pid-file=`,
  );
  run(`exec git daemon --reuseaddr --export-all --base-path=${site} --listen=${servers.apache}`);
  run(`exec rsync --daemon --no-detach --config=${folder}/rsync.conf --address=${servers.plain}`);
  run(`cd ${site} && exec python3 -m http.server 8080 --bind ${servers.plain}`);
  run('exec iperf3 -s');
  run(`exec ${programCommand('appServer.ts')} ${servers.app} ${folder}`);
}

function nginxConfiguration(folder: string, site: string): string {
  const place = `listen ${servers.nginx}:80; listen ${servers.nginx}:443 ssl; ssl_certificate ${folder}/tls.crt; ssl_certificate_key ${folder}/tls.key;`;
  return `daemon off; pid ${folder}/nginx.pid; error_log /dev/null; worker_processes 1; user root;
events { worker_connections 4096; }
http { access_log off; keepalive_timeout 30; gzip on; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
 server { ${place} root ${site}; index index.html;
  location /basic { auth_basic x; auth_basic_user_file ${folder}/htpasswd; try_files $uri /index.html; } } }`;
}

function apacheConfiguration(folder: string, site: string): string {
  const modules = [
    'mpm_worker',
    'authz_core',
    'authn_core',
    'authn_file',
    'auth_basic',
    'authz_user',
    'dir',
    'mime',
    'reqtimeout',
  ];
  return `${modules.map((m) => `LoadModule ${m}_module /usr/lib/apache2/modules/mod_${m}.so`).join('\n')}
ServerName lab\nPidFile ${folder}/apache.pid\nErrorLog /dev/null\nListen ${servers.apache}:80\nDocumentRoot ${site}\nServerLimit 16\nThreadsPerChild 64\nMaxRequestWorkers 512
KeepAlive On\nKeepAliveTimeout 5\nDirectoryIndex index.html\nMutex file:${folder}\nTypesConfig /dev/null
<Directory ${site}>\nRequire all granted\n</Directory>
<Location /basic>\nAuthType Basic\nAuthName x\nAuthUserFile ${folder}/htpasswd\nRequire valid-user\n</Location>\n`;
}

function sshConfiguration(folder: string): string {
  return `ListenAddress ${servers.nginx}:22\nListenAddress ${servers.apache}:2200\nHostKey ${folder}/host_key\nPidFile none\nUsePAM no\nPasswordAuthentication yes
PermitRootLogin yes\nAuthorizedKeysFile ${folder}/user_key.pub\nStrictModes no\nMaxStartups 100\nMaxAuthTries 6\nSubsystem sftp internal-sftp\nUseDNS no\n`;
}

function ftpConfiguration(site: string): string {
  return `background=NO\nlisten=YES\nlisten_ipv6=NO\nlisten_address=${servers.nginx}\nanonymous_enable=YES\nanon_root=${site}\nlocal_enable=YES\nseccomp_sandbox=NO
pam_service_name=vsftpd\nsecure_chroot_dir=/var/run/vsftpd/empty\nconnect_from_port_20=NO\nxferlog_enable=NO\nport_enable=YES\n`;
}
