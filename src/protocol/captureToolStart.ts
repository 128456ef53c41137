/** How the capture helper starts tcpdump or dumpcap, so that it has no right too many and never outlives the helper. */

/**
 * Run by sh as the user, never with more rights: the program ends when the helper does, whatever ended it. Each line of
 * stdin is a signal to pass on, the end of stdin is the end.
 */
const keeper = `exec 3<&0 </dev/null
"$@" 3<&- & p=$!
echo "capture $p" >&2
{ while read -r s <&3; do kill "-$s" $p; done; kill -TERM $p; } >/dev/null 2>&1 & k=$!
exec 3<&-
wait $p; r=$?; kill $k; exit $r`;

/** Absolute paths of programs that nobody but the administrator could have written; null where there is none. */
export interface StreamPrograms {
  tool: string;
  setpriv: string | null;
  sh: string | null;
}

/**
 * How the tool is started. For the user behind sudo or pkexec it becomes that user at once, with no right but to open
 * packet sockets, and the kernel ends it with the helper. Null when that cannot be had.
 */
export function streamCommand(
  programs: StreamPrograms,
  words: string[],
  user: { uid: number; gid: number } | null,
): string[] | null {
  const { tool, setpriv, sh } = programs;
  if (user === null) return sh === null ? [tool, ...words] : [sh, '-c', keeper, 'sh', tool, ...words];
  if (setpriv === null) return null;
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--no-new-privs'];
  const rights = ['--inh-caps=-all,+net_raw', '--ambient-caps=-all,+net_raw', '--pdeathsig=KILL'];
  return [setpriv, ...identity, ...rights, '--', tool, ...words];
}
