import { far, lossy, moreServers, servers, sshOptions } from './scenario';
import type { Options, Scenario } from './scenario';

const { nginx, apache, plain } = servers;
const { lighttpd, haproxy, caddy, data, python: py } = moreServers;
const near = { delayMs: 9, jitterMs: 3, lossPercent: 0 };

const quiet = (name: string, commands: string[], options: Options = {}): Scenario => ({
  name,
  attack: null,
  commands,
  seconds: 36,
  ...options,
});
const python = (kind: string, seed: number, host: string): string =>
  `exec /usr/bin/python3 $PROGRAMS/benign.py ${kind} 36 ${seed} ${host}`;
/** The key is named in full: git changes the folder. */
const overSsh = `GIT_SSH_COMMAND="ssh ${sshOptions.replace('user_key', '$K/user_key')}"`;

/** Benign programs and servers that the other scenarios do not have. */
export const benignMore: readonly Scenario[] = [
  quiet('gitssh_work', [
    `K=$PWD; for i in 1 2 3 4; do d=s$RANDOM; ${overSsh} git clone -q root@${nginx}:$K/site/repo.git $d; (cd $d; echo $RANDOM > new.txt; git add .; git -c user.name=a -c user.email=a@b commit -qm x; ${overSsh} git push -q origin HEAD:refs/heads/b$RANDOM); sleep 2; ${overSsh} git -C $d fetch -q; rm -rf $d; done`,
  ]),
  quiet('gitssh_poll_far', [`K=$PWD; for i in $(seq 12); do ${overSsh} git ls-remote -q root@${nginx}:$K/site/repo.git >/dev/null; sleep 2; done`], { path: far }), // prettier-ignore
  quiet('rsyncssh_backup', [
    `for i in 1 2 3 4; do rsync -a -e 'ssh ${sshOptions}' site/ root@${nginx}:/tmp/nta-copy-backup-$RANDOM/; sleep 3; done; ssh ${sshOptions} root@${nginx} 'rm -rf /tmp/nta-copy-backup-*'`,
  ]),
  quiet('smb_copies', [
    `for f in f180 f7000 f90000 f900000 f4000000; do smbclient -N -p 445 //${data}/site -c "get $f.bin /dev/null; ls"; sleep 1; smbclient -N //${data}/files -c "put site/$f.bin up$RANDOM"; sleep 2; done`,
  ]),
  quiet('smb_copies_far', [`smbclient -N //${data}/site -c "prompt; recurse; mask p*; mget *; get f4000000.bin /dev/null"; sleep 3; for i in 1 2 3 4 5 6; do smbclient -N //${data}/site -c ls; sleep 2; done`], { path: far }), // prettier-ignore
  quiet('postgres_pool', [`pgbench -h ${data} -U lab -c 6 -j 1 -R 40 -T 32 -n postgres`]),
  quiet('postgres_short', [`pgbench -h ${data} -U lab -C -c 2 -R 6 -T 32 -n -S postgres`, `for i in $(seq 30); do psql -q -h ${data} -U lab -c 'select * from pgbench_accounts limit '$((RANDOM % 900)) postgres >/dev/null; sleep 1; done`]), // prettier-ignore
  quiet('postgres_far', [`pgbench -h ${data} -U lab -c 4 -R 15 -T 32 -n postgres`, `pgbench -h ${data} -U lab -C -c 1 -R 2 -T 30 -n -S postgres`], { path: near }), // prettier-ignore
  quiet('redis_pool', [python('redis', 1, data)]),
  quiet('redis_lossy', [python('redis', 2, data)], { path: lossy }),
  quiet('redis_commands', [`for i in $(seq 60); do redis-cli -h ${data} set k$i $RANDOM >/dev/null; redis-cli -h ${data} get k$i >/dev/null; sleep 0.4; done`]), // prettier-ignore
  quiet('memcached_pool', [python('memcached', 3, data)]),
  quiet('mqtt_things', [
    `mosquitto_sub -h ${data} -t 'home/#' >/dev/null`,
    `for i in $(seq 60); do mosquitto_pub -h ${data} -t home/t$((i % 5)) -m $RANDOM; sleep 0.5; done`,
    `for i in $(seq 30); do echo $RANDOM; sleep 1; done | mosquitto_pub -h ${data} -t home/l -l`,
  ]),
  quiet('talk_near', [python('talk', 4, py), python('news', 5, py)]),
  quiet('talk_lossy', [python('talk', 6, py), python('news', 7, py)], { path: lossy }),
  quiet('calls2_http2', [python('calls', 8, caddy)]),
  quiet('calls2_http2_far', [python('calls', 9, caddy)], { path: far }),
  quiet('microservice_near', [python('microservice', 10, py), python('webhooks', 11, py)]),
  quiet('microservice_far', [python('microservice', 12, py), python('webhooks', 13, py)], { path: far }),
  quiet('signin_people', [python('signin', 14, py), python('signin', 15, py)], { path: near }),
  quiet('burst_tests', [python('burst', 16, py)]),
  quiet('burst_tests_far', [python('burst', 17, py)], { path: far, offload: false }),
  quiet('checks_monitor', [python('checks', 18, py)]),
  quiet('checks_monitor_far', [python('checks', 19, py)], { path: far }),
  quiet('deploy_asyncssh', [python('shell', 20, nginx), python('shell', 21, py)]),
  quiet('deploy_asyncssh_far', [python('shell', 22, py)], { path: far }),
  quiet('deploy_parallel', [`for r in 1 2 3; do for i in 1 2 3 4 5 6; do ssh ${sshOptions} root@${nginx} 'uptime; ls /etc' >/dev/null & done; wait; sleep 7; done`]), // prettier-ignore
  quiet('ftpfiles_python', [python('ftp', 23, py), python('ftp', 24, py)]),
  quiet('ftpfiles_far', [python('ftp', 25, py)], { path: far }),
  quiet('ftpfiles_mirror', [`lftp -e 'set net:max-retries 1; mirror --parallel=3 / m$RANDOM; exit' ftp://${py} </dev/null; wget -q -r -nd --delete-after ftp://${nginx}/`]), // prettier-ignore
  quiet('uploads2_put', [python('upload', 26, py)], { rate: '20mbit' }),
  quiet('uploads2_sftp', [`for i in 1 2 3 4; do rclone copy site --include 'f9*' :sftp:/tmp/nta-copy-up --sftp-host ${nginx} --sftp-user root --sftp-key-file user_key --config /dev/null; ssh ${sshOptions} root@${nginx} 'rm -rf /tmp/nta-copy-up'; sleep 3; done`]), // prettier-ignore
  quiet('segments_aria2', [`for i in 1 2 3; do aria2c -q -x 5 -s 5 -k 1M --allow-overwrite=true -d /tmp -o nta-copy-$RANDOM http://${lighttpd}/f12000000.bin; sleep 4; done; rm -f /tmp/nta-copy-*`]), // prettier-ignore
  quiet('segments_film_h2', [`for i in $(seq 0 14); do curl -sk -o /dev/null https://${caddy}/film/s$i.bin; sleep 2; done`, `for i in $(seq 0 12); do curl -s -o /dev/null http://${haproxy}/film/s$i.bin; sleep 2; done`], { rate: '8mbit' }), // prettier-ignore
  quiet('parallel_install', [`for i in 1 2 3 4; do curl -s -Z --parallel-max 10 -o /dev/null 'http://${lighttpd}/{p1,p2,p3,p4,p5,p6,p7,p8,p9,p10,p11}.html' -o /dev/null 'http://${caddy}/f{180,900,2400,7000,18000,41000,90000}.bin'; sleep 6; done`]), // prettier-ignore
  quiet('parallel_install_tls', [`for i in 1 2 3 4; do curl -sk -Z --http1.1 --parallel-max 8 -o /dev/null 'https://${caddy}/f{180,900,2400,7000,18000,41000,90000}.bin' -o /dev/null 'https://${nginx}/p[1-11].html'; sleep 5; done`], { path: near }), // prettier-ignore
  quiet('proxy_pages', [`for i in $(seq 40); do curl -s -o /dev/null "http://${haproxy}/p$((RANDOM % 12)).html"; sleep 0.$((RANDOM % 9)); done`, `for i in $(seq 25); do wget -q -t 1 -O /dev/null "http://${lighttpd}/p$((RANDOM % 12)).html"; sleep 1; done`]), // prettier-ignore
  quiet('proxy_pages_far', [`for i in $(seq 30); do http --ignore-stdin -b "http://${haproxy}/p$((RANDOM % 12)).html" >/dev/null; done`], { path: far }), // prettier-ignore
  quiet('syslog_udp', [python('syslog', 27, data), `for i in $(seq 20); do dig +time=1 +tries=1 @${nginx} s$i.lab.test >/dev/null; sleep 1; done`]), // prettier-ignore
  quiet('balancer_checks', [`for i in $(seq 18); do for h in ${nginx} ${apache} ${lighttpd} ${caddy} ${haproxy}; do nc -z -w 1 $h 80; done; sleep 1.7; done`, `for i in $(seq 18); do curl -s -I -o /dev/null http://${lighttpd}/; curl -s -I -o /dev/null http://${plain}:8080/; sleep 1.5; done`]), // prettier-ignore
];
