import assert from 'node:assert/strict';
import { streamCommand } from '../../../src/protocol/captureToolStart';

const programs = { tool: '/usr/bin/tcpdump', setpriv: '/usr/bin/setpriv', sh: '/bin/sh' };
const words = ['-i', 'eth0', '-w', '-', '--', '$(id); `id`'];

describe('streamCommand', () => {
  it('makes the tool of a user that of the user, with the right to open packet sockets and no other', () => {
    const command = streamCommand(programs, words, { uid: 1000, gid: 100 });
    assert.deepEqual(command, [
      '/usr/bin/setpriv',
      ...['--reuid=1000', '--regid=100', '--clear-groups', '--no-new-privs'],
      ...['--inh-caps=-all,+net_raw', '--ambient-caps=-all,+net_raw', '--pdeathsig=KILL', '--'],
      '/usr/bin/tcpdump',
      ...words,
    ]);
  });
  it('starts nothing as root for a user without setpriv', () => {
    assert.equal(streamCommand({ ...programs, setpriv: null }, words, { uid: 1000, gid: 100 }), null);
  });
  it('keeps what was typed out of the script', () => {
    const [sh, c, script, name, ...rest] = streamCommand(programs, words, null) ?? [];
    assert.deepEqual([sh, c, name, rest], ['/bin/sh', '-c', 'sh', [programs.tool, ...words]]);
    assert.ok(!script?.includes('id)'));
  });
  it('starts the tool alone where there is no sh', () => {
    assert.deepEqual(streamCommand({ ...programs, sh: null }, words, null), [programs.tool, ...words]);
  });
});
