import { program, servers, sshOptions } from './scenario';

const { nginx, apache, app, plain, closed } = servers;
const web = (address: string): string => `http://${address}`;
const api = `http://${app}:8000`;

/** Something a machine does for a while. `seed` differs each time. */
export interface Activity {
  name: string;
  /** Shell command that ends within `seconds`, or is ended then. */
  command: (seconds: number, seed: number) => string;
  /** Shortest and longest time, seconds. */
  lasts: readonly [number, number];
}

const node = (kind: string, base: string, least: number, most: number): Activity => ({
  name: kind,
  command: (seconds, seed) => program('benign', kind, seconds, seed, base),
  lasts: [least, most],
});
const office = (kind: string, host: string, least: number, most: number): Activity => ({
  name: kind,
  command: (seconds, seed) => program('office', kind, seconds, seed, host),
  lasts: [least, most],
});
const shell = (name: string, command: string, least: number, most: number): Activity => ({
  name,
  command: () => command,
  lasts: [least, most],
});

const ssh = `ssh ${sshOptions}`;
/** Keys as a person types them, each on its own, to a shell that echoes. */
const typing = `(for w in $(seq 40); do for k in l s ' ' - l; do printf '%s' "$k"; sleep 0.$((RANDOM % 3 + 1)); done; printf '\\n'; sleep $((RANDOM % 9 + 1)); done) | ${ssh} -tt root@${nginx}`;

const browsing = [
  node('browse', web(nginx), 60, 300),
  node('browse', `https://${nginx}`, 60, 300),
  node('browse', web(apache), 60, 240),
  node('browseClosing', web(apache), 40, 120),
  node('browseClosing', `https://${nginx}`, 40, 120),
  node('film', `https://${nginx}`, 60, 180),
  node('film', web(apache), 60, 180),
];
const communicating = [
  office('mail', app, 120, 300),
  office('mailbox', app, 120, 600),
  office('mailCheck', app, 200, 600),
  office('chat', app, 200, 600),
  office('time', app, 120, 600),
  node('websocket', api, 120, 400),
  node('longPoll', api, 60, 240),
  node('events', api, 60, 240),
  node('call', web(app), 30, 70),
  shell(
    'names',
    `for i in $(seq 40); do dig +time=1 +tries=1 @${nginx} h$RANDOM.lab.test >/dev/null; [ $((i % 9)) = 0 ] && dig +time=1 +tries=1 @${nginx} no$RANDOM.example >/dev/null; sleep $((RANDOM % 4)); done`,
    30,
    120,
  ),
];
const working = [
  shell('typed shell', typing, 120, 400),
  shell(
    'commands',
    `for i in $(seq $((RANDOM % 8 + 2))); do ${ssh} root@${nginx} 'ls -l /usr/bin | head -80; sleep 1'; sleep $((RANDOM % 15 + 1)); done`,
    60,
    150,
  ),
  shell(
    'copies',
    `for f in f900000 f4000000 f41000; do scp -q ${sshOptions} site/$f.bin root@${nginx}:/dev/null; sleep $((RANDOM % 9 + 2)); scp -q ${sshOptions} root@${nginx}:$PWD/site/f260000.bin /dev/null; sleep $((RANDOM % 20)); done`,
    40,
    120,
  ),
  shell(
    'mistyped password',
    `for i in $(seq $((RANDOM % 2 + 1))); do sshpass -p wrong$i ${ssh} -o PreferredAuthentications=password -o NumberOfPasswordPrompts=1 root@${nginx} true; sleep $((RANDOM % 4 + 2)); done; ${ssh} root@${nginx} 'ls -l /usr/bin | head -60; sleep 20; date'`,
    40,
    60,
  ),
  shell(
    'clones',
    `d=g$RANDOM$RANDOM; git clone -q git://${apache}/repo.git $d; sleep 5; for i in 1 2 3; do git -C $d fetch -q; sleep $((RANDOM % 20 + 3)); done; git clone -q ${web(nginx)}/repo.git $d.h; rm -rf $d $d.h`,
    40,
    120,
  ),
  node('logins', api, 60, 200),
  node('api', api, 60, 240),
  node('api', `https://${app}:8443`, 60, 200),
  node('apiPost', api, 60, 200),
  node('uploads', api, 30, 80),
  node('ftp', web(app), 30, 120),
  shell(
    'files by ftp',
    `for f in f7000 f900000 f41000 p1; do curl -s -u anonymous:me@lab.test ftp://${nginx}/$f.bin -o /dev/null; sleep $((RANDOM % 6)); curl -s --ftp-port - -u anonymous:me@lab.test ftp://${nginx}/ -o /dev/null; sleep $((RANDOM % 6)); done`,
    30,
    90,
  ),
  shell(
    'downloads',
    `curl -s --limit-rate 200k -o /dev/null ${web(nginx)}/f4000000.bin & curl -s --limit-rate 20k -o /dev/null ${web(apache)}/f900000.bin & sleep 7; curl -s --limit-rate 2M -o /dev/null ${web(plain)}:8080/f12000000.bin; wait`,
    40,
    70,
  ),
];
const building = [
  node('packages', web(nginx), 30, 90),
  node('packages', web(apache), 30, 90),
  shell(
    'package update',
    `for u in ${nginx}/f18000.bin ${nginx}/f900000.bin ${apache}/f260000.bin ${nginx}/f4000000.bin; do curl -s -A 'Debian APT-HTTP/1.3' -o /dev/null http://$u; sleep 1; done`,
    20,
    60,
  ),
  shell(
    'automation',
    `for i in $(seq 12); do ${ssh} root@${nginx} uptime >/dev/null; sleep 2; ${ssh} -p 2200 root@${apache} true; sleep 3; done`,
    60,
    90,
  ),
  shell(
    'crawler',
    `wget -q -r -l 2 -nd --delete-after -e robots=off --wait=0.5 --random-wait ${web(apache)}/p$((RANDOM % 12)).html`,
    60,
    180,
  ),
  node('database', web(app), 60, 300),
  node('shortDatabase', web(app), 30, 120),
  node('messages', web(app), 60, 300),
  node('apiClosing', api, 40, 150),
];
const watching = [
  node('portMonitor', web(app), 120, 600),
  node('portMonitor', web(nginx), 120, 400),
  node('poll', api, 200, 900),
  node('poll', web(nginx), 200, 900),
  office('readings', app, 300, 900),
  office('readings', app, 300, 900),
  shell('health check', `while true; do curl -s -m 2 -o /dev/null ${api}/health; sleep 10; done`, 300, 900),
  shell('name check', `while true; do dig +time=1 +tries=1 @${nginx} www.lab.test >/dev/null; sleep 5; done`, 200, 600),
  shell('pings', `ping -q -i 1 ${nginx} & ping -q -i 5 ${closed} & wait`, 100, 400),
  node('retries', web(nginx), 60, 150),
  shell('service that is down', `for i in $(seq 20); do curl -s -m 1 http://${closed}:80/; sleep 5; done`, 90, 120),
];
const nightly = [
  shell(
    'backup by rsync',
    `touch site/p1.html; rsync -a --include='p*' --include='f*' --exclude='*' site/ rsync://${plain}/files/; sleep 100`,
    100,
    300,
  ),
  shell(
    'backup by ssh',
    `tar c site/f9* site/p* 2>/dev/null | ${ssh} root@${nginx} 'cat > /dev/null'; sleep 120`,
    120,
    300,
  ),
  shell(
    'upload of logs',
    `curl -s --limit-rate 300k -X POST --data-binary @site/f4000000.bin ${api}/upload -o /dev/null; sleep 60`,
    60,
    300,
  ),
  shell(
    'throughput test',
    `iperf3 -c ${nginx} -t 4 -b 30M >/dev/null; iperf3 -c ${nginx} -u -b 2M -t 5 >/dev/null`,
    30,
    60,
  ),
];

/** What each machine of the hour is, and what it does at the same time. */
export const machines = [
  { name: 'desk', lanes: [browsing, browsing, communicating, working], options: {} },
  {
    name: 'desk far away',
    lanes: [browsing, communicating, communicating, working],
    options: { path: { delayMs: 18, jitterMs: 6, lossPercent: 0 } },
  },
  {
    name: 'laptop on a bad link',
    lanes: [browsing, communicating, working],
    options: { path: { delayMs: 35, jitterMs: 15, lossPercent: 1 } },
  },
  { name: 'desk on a slow link', lanes: [browsing, communicating, working], options: { rate: '8mbit' } },
  { name: 'build machine', lanes: [building, building, building, nightly], options: { offload: false } },
  { name: 'monitor', lanes: [watching, watching, watching, watching, nightly], options: {} },
] as const;
