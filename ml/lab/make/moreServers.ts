import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LabNetwork } from './network';
import { moreServers } from './scenario';

/**
 * Starts servers that the first ones are no measure of: lighttpd, haproxy, Caddy (HTTP/2), redis, memcached, mosquitto, Samba,
 * PostgreSQL 15, and of Python an application, a secure shell and FTP. `startServers` has written the site and the keys.
 */
export function startMoreServers(network: LabNetwork, folder: string): void {
  const { lighttpd, caddy, haproxy, data, python } = moreServers;
  const site = path.join(folder, 'site');
  const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);
  const run = (command: string): void => void network.start(network.serverSpace, command, { HOME: folder });
  write(
    'lighttpd.conf',
    `server.modules = ("mod_auth", "mod_authn_file")\nserver.document-root = "${site}"\nserver.bind = "${lighttpd}"\nserver.port = 80
index-file.names = ("index.html")\nserver.max-keep-alive-idle = 9\nauth.backend = "htpasswd"\nauth.backend.htpasswd.userfile = "${folder}/htpasswd"
auth.require = ("/basic" => ("method" => "basic", "realm" => "x", "require" => "valid-user"))\n`,
  );
  const files = `bind ${caddy}\n root * ${site}\n file_server`;
  write(
    'Caddyfile',
    `{\n admin off\n auto_https off\n default_sni www.lab.test\n}\nhttp://${caddy}:80 {\n ${files}\n}\n:443 {\n ${files}\n tls ${folder}/tls.crt ${folder}/tls.key\n}\n`,
  );
  write(
    'haproxy.cfg',
    `defaults\n mode http\n timeout client 20s\n timeout server 20s\n timeout connect 3s\n timeout http-request 10s\n timeout http-keep-alive 8s
frontend web\n bind ${haproxy}:80\n default_backend webs\nbackend webs\n balance roundrobin\n option httpchk HEAD /index.html\n server a 10.88.0.10:80 check\n server b 10.88.0.11:80 check\n`,
  );
  write('mosquitto.conf', `listener 1883 ${data}\nallow_anonymous true\n`);
  mkdirSync(path.join(folder, 'smb'), { recursive: true });
  write(
    'smb.conf',
    `[global]\n interfaces = ${data}\n bind interfaces only = yes\n map to guest = Bad User\n disable netbios = yes\n lock directory = ${folder}/smb\n state directory = ${folder}/smb\n cache directory = ${folder}/smb\n pid directory = ${folder}/smb\n private dir = ${folder}/smb\n ncalrpc dir = ${folder}/smb
[files]\n path = ${folder}/incoming\n guest ok = yes\n read only = no\n force user = root\n[site]\n path = ${site}\n guest ok = yes\n`,
  );
  const database = path.join(folder, 'database');
  mkdirSync(database, { recursive: true });
  const bin = '/usr/lib/postgresql/15/bin';
  const asPostgres = 'setpriv --reuid=postgres --regid=postgres --clear-groups';
  execFileSync('bash', ['-c', `chown postgres ${database} && ${asPostgres} ${bin}/initdb -D ${database} -U lab -A trust`], { stdio: 'ignore', cwd: '/' }); // prettier-ignore
  writeFileSync(path.join(database, 'pg_hba.conf'), 'host all all 0.0.0.0/0 trust\n');
  chmodSync(path.join(database, 'pg_hba.conf'), 0o644);
  run(`exec lighttpd -D -f ${folder}/lighttpd.conf`);
  run(`exec caddy run --config ${folder}/Caddyfile --adapter caddyfile`);
  run(`exec haproxy -f ${folder}/haproxy.cfg`);
  run(`exec redis-server --bind ${data} --port 6379 --protected-mode no --save '' --dir ${folder}`);
  run(`exec memcached -u root -l ${data} -p 11211`);
  run(`exec mosquitto -c ${folder}/mosquitto.conf`);
  run(`exec smbd -F --no-process-group -s ${folder}/smb.conf`);
  run(`cd / && exec ${asPostgres} ${bin}/postgres -D ${database} -h ${data} -p 5432 -k ''`);
  run(`sleep 5; pgbench -h ${data} -U lab -i -q postgres; sleep 100000`);
  run(`exec /usr/bin/python3 ${path.join(__dirname, 'appServer.py')} ${python} ${folder}`);
}
