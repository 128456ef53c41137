import { far, lossy, program, servers, sshOptions } from './scenario';
import type { Options, Scenario } from './scenario';

const { nginx, apache, app, plain, closed } = servers;
const web = (address: string): string => `http://${address}`;

/** A program of `benign.ts`, with a seed of its own. */
const benign = (kind: string, seconds: number, seed: number, base: string): string =>
  program('benign', kind, seconds, seed, base);

const quiet = (name: string, commands: string[], options: Options = {}): Scenario => ({
  name,
  attack: null,
  commands,
  seconds: 40,
  ...options,
});

/** Traffic without an attack; the same kind of client meets other servers, paths and seeds. */
export const benignScenarios: readonly Scenario[] = [
  quiet('browse_nginx', [benign('browse', 40, 1, web(nginx)), benign('browse', 40, 2, web(nginx))]),
  quiet('browse_apache_far', [benign('browse', 40, 3, web(apache)), benign('browseClosing', 40, 4, web(apache))], {
    path: far,
  }),
  quiet('browse_tls', [
    benign('browse', 40, 5, `https://${nginx}`),
    benign('browseClosing', 40, 6, `https://${nginx}`),
  ]),
  quiet('browse_plain_lossy', [benign('browse', 40, 7, `http://${plain}:8080`)], { path: lossy }),
  quiet('browse_slow_link', [benign('browse', 40, 8, web(nginx))], { rate: '2mbit' }),
  quiet('crawl', [
    `wget -q -r -l 3 -nd --delete-after -e robots=off --wait=0.3 ${web(apache)}/p1.html; wget -q -r -l 2 -nd --delete-after -e robots=off ${web(nginx)}/p2.html`,
  ]),
  quiet('git_clone', [
    `for i in 1 2 3 4; do git clone -q git://${apache}/repo.git g$RANDOM$i; git clone -q ${web(nginx)}/repo.git h$RANDOM$i; git ls-remote -q git://${apache}/repo.git; sleep 3; done`,
  ]),
  quiet(
    'git_clone_far',
    [
      `for i in 1 2 3; do git clone -q git://${apache}/repo.git g$RANDOM$i; git clone -q ${web(apache)}/repo.git h$RANDOM$i; sleep 4; done`,
    ],
    { path: far },
  ),
  quiet('packages_nginx', [benign('packages', 35, 9, web(nginx))], { seconds: 35 }),
  quiet('packages_far', [benign('packages', 35, 10, web(apache))], { seconds: 35, path: far }),
  quiet('package_update', [
    `for i in 1 2 3; do curl -s -A 'Debian APT-HTTP/1.3' -o /dev/null ${web(nginx)}/f18000.bin -o /dev/null ${web(nginx)}/f900000.bin -o /dev/null ${web(nginx)}/f260000.bin -o /dev/null ${web(nginx)}/f4000000.bin; sleep 6; curl -s -o /dev/null ${web(apache)}/f12000000.bin; done`,
  ]),
  quiet('film_nginx', [benign('film', 45, 11, web(nginx))], { seconds: 45 }),
  quiet('film_far', [benign('film', 45, 12, web(apache)), benign('film', 45, 13, `https://${nginx}`)], {
    seconds: 45,
    path: far,
  }),
  quiet(
    'downloads',
    [
      `curl -s --limit-rate 300k -o /dev/null ${web(nginx)}/f4000000.bin & curl -s --limit-rate 20k -o /dev/null ${web(nginx)}/f900000.bin & curl -s -o /dev/null ${web(apache)}/f12000000.bin & wait`,
    ],
    { seconds: 30 },
  ),
  quiet(
    'slow_reader',
    [benign('slowReader', 35, 14, web(nginx)), `curl -s --limit-rate 3k -o /dev/null ${web(apache)}/f90000.bin`],
    { seconds: 35 },
  ),
  quiet('dns_mix', [
    `for i in $(seq 60); do dig +time=1 +tries=1 @${nginx} h$i.lab.test > /dev/null; dig +time=1 +tries=1 @${nginx} -t AAAA h$i.cdn.test > /dev/null; [ $((i % 5)) = 0 ] && dig +time=1 +tries=1 @${nginx} nothing$i.example > /dev/null; [ $((i % 7)) = 0 ] && dig +tcp +time=1 @${nginx} -t TXT lab.test > /dev/null; sleep 0.2; done`,
  ]),
  quiet('api_keepalive', [
    benign('api', 40, 15, `http://${app}:8000`),
    benign('apiPost', 40, 16, `http://${app}:8000`),
  ]),
  quiet('api_far', [benign('api', 40, 17, `http://${app}:8000`), benign('apiClosing', 40, 18, `http://${app}:8000`)], {
    path: far,
  }),
  quiet('api_closing', [
    benign('apiClosing', 40, 19, `http://${app}:8000`),
    benign('apiClosing', 40, 20, `http://${app}:8000`),
  ]),
  quiet('api_tls', [benign('api', 40, 21, `https://${app}:8443`), benign('apiClosing', 40, 22, `https://${app}:8443`)]),
  quiet('api_post_lossy', [benign('apiPost', 40, 23, `http://${app}:8000`)], { path: lossy }),
  quiet('uploads', [benign('uploads', 35, 24, `http://${app}:8000`)], { seconds: 35 }),
  quiet(
    'uploads_slow',
    [
      `curl -s --limit-rate 40k -X POST --data-binary @site/f900000.bin http://${app}:8000/upload -o /dev/null; curl -s --limit-rate 4k -X POST --data-binary @site/f41000.bin http://${app}:8000/upload -o /dev/null`,
    ],
    { seconds: 40 },
  ),
  quiet('ssh_by_key', [
    `for i in $(seq 8); do ssh ${sshOptions} root@${nginx} 'ls -l /usr/bin | head -50; sleep 0.5; echo done'; sleep 1.5; done`,
    `ssh ${sshOptions} root@${nginx} 'for i in $(seq 30); do date; sleep 0.9; done'`,
  ]),
  quiet(
    'ssh_by_key_far',
    [
      `for i in $(seq 6); do ssh ${sshOptions} root@${nginx} 'ls /etc; sleep 1'; sleep 1; done`,
      `ssh ${sshOptions} root@${nginx} 'for i in $(seq 60); do echo -n x; sleep 0.4; done'`,
    ],
    { path: far },
  ),
  quiet('ssh_mistyped', [
    `for i in 1 2 3; do sshpass -p wrong$i ssh ${sshOptions} -o PreferredAuthentications=password -o NumberOfPasswordPrompts=1 root@${nginx} true; sleep 2; ssh ${sshOptions} root@${nginx} 'ls -l /usr/bin | head -90; sleep 3'; sleep 4; done`,
  ]),
  quiet('ssh_copies', [
    `for i in 1 2 3 4; do scp -q ${sshOptions} site/f900000.bin root@${nginx}:/dev/null; scp -q ${sshOptions} root@${nginx}:$PWD/site/f4000000.bin /dev/null; echo 'ls /usr' | sftp -q ${sshOptions} root@${nginx} > /dev/null; sleep 3; done`,
  ]),
  quiet(
    'ssh_automation',
    [
      `for i in $(seq 14); do ssh ${sshOptions} root@${nginx} uptime; sleep 0.7; done`,
      `for i in $(seq 9); do ssh ${sshOptions} -p 2200 root@${apache} true; sleep 1.1; done`,
    ],
    { seconds: 35 },
  ),
  quiet('backup_ssh', [
    `for i in 1 2 3; do tar c site 2>/dev/null | ssh ${sshOptions} root@${nginx} 'cat > /dev/null'; sleep 5; done`,
  ]),
  quiet('backup_rsync', [
    `for i in 1 2 3 4; do rsync -a --include='p*' --include='f*' --exclude='*' site/ rsync://${plain}/files/; touch site/p1.html; sleep 6; done`,
  ]),
  quiet('polling', [
    benign('poll', 40, 25, `http://${app}:8000`),
    benign('poll', 40, 26, web(nginx)),
    `for i in $(seq 20); do curl -s -o /dev/null http://${app}:8000/health; sleep 2; done`,
  ]),
  quiet(
    'long_polling',
    [benign('longPoll', 45, 27, `http://${app}:8000`), benign('events', 45, 28, `http://${app}:8000`)],
    { seconds: 45 },
  ),
  quiet('websockets', [benign('websocket', 45, 29, `http://${app}:8000`)], { seconds: 45 }),
  quiet(
    'websockets_far',
    [benign('websocket', 45, 30, `http://${app}:8000`), benign('events', 45, 31, `http://${app}:8000`)],
    { seconds: 45, path: lossy },
  ),
  quiet('databases', [benign('database', 40, 32, `http://${app}`), benign('messages', 40, 33, `http://${app}`)]),
  quiet(
    'databases_short',
    [benign('shortDatabase', 35, 34, `http://${app}`), benign('shortDatabase', 35, 35, `http://${app}`)],
    { seconds: 35 },
  ),
  quiet('port_monitor', [benign('portMonitor', 40, 36, web(nginx))]),
  quiet('port_monitor_app', [benign('portMonitor', 40, 37, web(app)), benign('poll', 40, 38, `http://${app}:8000`)]),
  quiet(
    'service_down',
    [benign('retries', 35, 39, web(nginx)), `for i in $(seq 12); do curl -s -m 1 http://${closed}:80/; sleep 1; done`],
    { seconds: 35 },
  ),
  quiet('logins', [benign('logins', 40, 40, `http://${app}:8000`)]),
  quiet('ftp_sessions', [
    benign('ftp', 40, 41, web(app)),
    `for f in f7000 f90000 f900000 p1; do curl -s -u anonymous:me@lab.test ftp://${nginx}/$f.bin -o /dev/null; curl -s -u anonymous:me@lab.test ftp://${nginx}/ -o /dev/null; sleep 2; curl -s --ftp-port - -u anonymous:me@lab.test ftp://${nginx}/$f.bin -o /dev/null; done`,
  ]),
  quiet('calls', [benign('call', 30, 42, web(app))], { seconds: 30 }),
  quiet('calls_far', [benign('call', 30, 43, web(app)), benign('api', 30, 44, `http://${app}:8000`)], {
    seconds: 30,
    path: lossy,
  }),
  quiet(
    'throughput',
    [
      `iperf3 -c ${nginx} -t 4 -b 60M > /dev/null; iperf3 -c ${nginx} -t 4 -b 20M -R > /dev/null; iperf3 -c ${nginx} -u -b 3M -t 5 > /dev/null`,
    ],
    { seconds: 25 },
  ),
  quiet(
    'pings',
    [`ping -q -c 30 -i 0.5 ${nginx} & ping -q -c 12 -i 1 ${closed} & ping -q -c 10 -s 1200 ${app}; wait`],
    { seconds: 20 },
  ),
  quiet('sftp_sessions', [
    `for i in $(seq 9); do printf 'ls\\nget /etc/services a\\n' | sftp ${sshOptions} root@${nginx}; sleep 2; scp -O ${sshOptions} root@${nginx}:/etc/hostname b; sleep 1; done`,
  ]),
  quiet('status_wget', [
    `for i in $(seq 60); do wget -q -t 1 -O /dev/null "${web(app)}:8000/item?id=$i"; sleep 0.$((RANDOM % 9)); done`,
    `for i in $(seq 40); do curl -s -o /dev/null "${web(app)}:8000/search?q=word$RANDOM"; sleep 0.$((RANDOM % 9)); done`,
  ]),
  quiet('status_far', [
    `for i in $(seq 60); do wget -q -t 1 -O /dev/null ${web(nginx)}/p$((i % 9)).html; sleep 0.$((RANDOM % 9)); done`,
    `for i in $(seq 40); do curl -s -o /dev/null -d name=$RANDOM -d note=$RANDOM$RANDOM ${web(app)}:8000/api?n=2; sleep 0.$((RANDOM % 9)); done`,
  ], { path: far }), // prettier-ignore
];
