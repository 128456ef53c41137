/** What is captured with on the other machine. */
export interface RemoteCapture {
  /** Null: `any` where there is one, else what tcpdump picks. */
  interface: string | null;
  filter: string;
  snapLengthBytes: number;
  bufferBytes: number;
  promiscuous: boolean;
}

/** Begins the line on stderr that says which program captures. */
export const remoteProgramMark = 'network-traffic-analyzer: capturing with ';

/**
 * Runs the program and ends it when stdin ends: the connection is gone then, and on a silent line a program that writes
 * nothing would not notice. On Linux tcpdump is asked for its counts each second.
 */
const keeper = `exec 3<&0
"$@" <&- &
p=$!
{ cat <&3 >/dev/null; kill -TERM $p; } 2>/dev/null &
c=$!
case "$1-$(uname)" in *tcpdump-Linux) { while sleep 1; do kill -USR1 $p || exit; done; } 2>/dev/null & s=$!;; *) s=;; esac
wait $p
r=$?
kill $c $s 2>/dev/null
exit $r`;

/**
 * Picks a program that may capture and takes our own connection out of what it captures: each packet of it would make
 * another one. Parameters: keeper, interface, snap length, buffer in KiB, `p` for not promiscuous, filter.
 */
const chooser = `PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin:/usr/local/bin
keeper=$1 i=$2 n=$3 b=$4 p=$5 f=$6
set -f
set -- $SSH_CONNECTION
if [ $# -eq 4 ]; then
own="not (tcp port $2 and tcp port $4 and host \${1%%%*})"
if [ -n "$f" ]; then f="($f) and $own"; else f=$own; fi
fi
set +f
t=$(command -v tcpdump) d=$(command -v dumpcap)
if [ -z "$i" ] && [ "$(uname)" = Linux ]; then i=any; fi
if [ -n "$t" ] && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || [ -z "$d" ]; }; then
set -- "$t" -U -n -s "$n" -B "$b" -w -
if [ -n "$i" ]; then set -- "$@" -i "$i"; fi
if [ -n "$p" ]; then set -- "$@" -p; fi
echo "${remoteProgramMark}tcpdump" >&2
if [ "$(id -u)" != 0 ] && sudo -n true 2>/dev/null; then exec sudo -n sh -c "$keeper" sh "$@" -- "$f"; fi
exec sh -c "$keeper" sh "$@" -- "$f"
elif [ -n "$d" ]; then
set -- "$d" -q -P -s "$n" -B "$(( (b + 1023) / 1024 ))" -w -
if [ -n "$i" ]; then set -- "$@" -i "$i"; fi
if [ -n "$p" ]; then set -- "$@" -p; fi
echo "${remoteProgramMark}dumpcap" >&2
exec sh -c "$keeper" sh "$@" -f "$f"
fi
echo "There is neither tcpdump nor dumpcap on the remote machine." >&2
exit 127`;

/** The one text that ssh hands to the shell of the other machine: a fixed program, and what people type as quoted words. */
export function remoteCommand(capture: RemoteCapture): string {
  const words = [
    'sh',
    '-c',
    chooser,
    'sh',
    keeper,
    capture.interface ?? '',
    String(capture.snapLengthBytes),
    String(Math.ceil(capture.bufferBytes / 1024)),
    capture.promiscuous ? '' : 'p',
    capture.filter,
  ];
  return words.map(shellWord).join(' ');
}

/** One word of a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Arguments of ssh, fixed but for the destination. BatchMode: nobody could answer a question on this pipe, so an unknown
 * host key or a missing key ends it with ssh's own words. Nothing of the person's configuration may take the command's place.
 */
export function sshArguments(host: string, command: string): string[] {
  const options = [
    'BatchMode=yes',
    'ConnectTimeout=15',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'RemoteCommand=none',
    'RequestTTY=no',
  ];
  return [...options.flatMap((option) => ['-o', option]), '-T', '--', host, command];
}
