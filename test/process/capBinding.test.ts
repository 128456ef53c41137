import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { TestNetwork } from './support/network';
import { cannotCapture } from './support/stage';

const binding = path.resolve(
  __dirname,
  `../../dist/native/cap-linux-${process.arch}-abi${process.versions.modules}.node`,
);

/** What ended or hung the process with the published `cap` 0.2.1, each in a process of its own. */
describe('the patched capture binding', function () {
  this.timeout(60_000);
  let network: TestNetwork;

  before(function () {
    const reason = cannotCapture();
    if (reason !== null) {
      console.log(`skipped: ${reason}`);
      this.skip();
    }
    network = new TestNetwork();
  });
  after(() => network?.dispose());

  /** Runs `script` with `cap` and `open(filter, device)`; it must end by itself with code 0. @returns its stdout */
  const run = (script: string, ...options: string[]): string => {
    const prelude = `
      const binding = { exports: {} };
      process.dlopen(binding, ${JSON.stringify(binding)});
      const { Cap } = binding.exports;
      Object.setPrototypeOf(Cap.prototype, require('node:events').prototype);
      let cap = new Cap();
      const buffer = Buffer.alloc(65536);
      const open = (filter = '', device = 'nta0') => cap.open(device, filter, 1 << 24, buffer, 256, true, 50);
      const failed = (action) => { try { action(); return 'no'; } catch (error) { return error.message; } };
      const { execFileSync } = require('node:child_process');
      const socket = require('node:dgram').createSocket('udp4').unref();
      const send = (bytes = 1) => socket.send(Buffer.alloc(bytes), 9, '${network.serverAddress}');
    `;
    return runNode(prelude + script, ...options);
  };
  const runNode = (script: string, ...options: string[]): string => {
    const [program, args] = network.inClient(process.execPath, ...options, '-e', script);
    const { status, signal, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 });
    assert.deepEqual([status, signal], [0, null], stderr);
    return stdout.trim();
  };

  it('opens after an open that failed', () => {
    assert.match(
      run(`console.log(failed(() => open('tcp prot')), open('tcp')); cap.close();`),
      /syntax error ETHERNET/,
    );
  });

  it('closes after an open that failed', () => {
    assert.equal(run(`failed(() => open('tcp prot')); console.log(cap.close(), cap.close());`), 'false false');
  });

  it('leaves objects whose open failed to the garbage collector', () => {
    const script = `
      for (let i = 0; i < 50; i++) { cap = new Cap(); failed(() => open('tcp prot')); }
      cap = null; gc(); setTimeout(() => { gc(); console.log('alive'); }, 100);`;
    assert.equal(run(script, '--expose-gc'), 'alive');
  });

  it('refuses to send before open and after close', () => {
    const script = `console.log(failed(() => cap.send(buffer, 60))); open(); cap.close(); console.log(failed(() => cap.send(buffer, 60)));`;
    assert.equal(run(script), 'Not currently capturing/open\nNot currently capturing/open');
  });

  it('refuses to open what is open, and what was open', () => {
    const script = `open(); console.log(failed(() => open())); cap.close(); console.log(failed(() => open()));`;
    const words = 'This object was opened before: make another one';
    assert.equal(run(script), `${words}\n${words}`);
  });

  it('captures by two objects of one process, each its own', () => {
    const script = `
      const counts = ['udp port 9', 'udp port 10'].map((filter) => {
        const one = new Cap(), count = { packets: 0 };
        one.on('packet', () => { count.packets += 1; });
        one.open('nta0', filter, 1 << 24, count.buffer = Buffer.alloc(65536), 256, true, 20);
        return count;
      });
      setInterval(() => { send(); if (counts[0].packets > 5) { console.log(counts[1].packets); process.exit(); } }, 20);`;
    assert.equal(run(script), '0');
  });

  it('refuses to capture in a worker thread, loaded there first or second', () => {
    const worker = `
      const { parentPort } = require('node:worker_threads');
      const binding = { exports: {} };
      try {
        process.dlopen(binding, ${JSON.stringify(binding)});
        new binding.exports.Cap().open('nta0', '', 1 << 24, Buffer.alloc(65536), 256, true, 20);
        parentPort.postMessage('it captures');
      } catch (error) { parentPort.postMessage(error.message.split(':')[0]); }`;
    const start = `new (require('node:worker_threads').Worker)(${JSON.stringify(worker)}, { eval: true })
      .on('message', (said) => { console.log(said); process.exit(); });`;
    assert.equal(runNode(start), 'Only the main thread can capture');
    assert.equal(run(start), 'Module did not self-register');
  });

  it('says so when its interface is removed', () => {
    network.addLink('nta3', '10.80.0.2', '10.80.0.1');
    const script = `
      cap.on('gone', (reason) => { console.log(reason); cap.close(); });
      open('', 'nta3'); execFileSync('ip', ['link', 'del', 'nta3']);`;
    assert.match(run(script), /disappeared/);
  });

  it('goes on when its interface goes down and comes up again', () => {
    network.addLink('nta4', '10.81.0.2', '10.81.0.1');
    const script = `
      cap.on('gone', (reason) => console.log('gone', reason));
      cap.on('packet', () => { console.log('packet'); cap.close(); process.exit(); });
      open('udp port 9', 'nta4');
      const ip = (...words) => execFileSync('ip', ['link', 'set', 'nta4', ...words]);
      ip('down');
      setTimeout(() => ip('up'), 300);
      setInterval(() => require('node:dgram').createSocket('udp4').send('x', 9, '10.81.0.1', () => {}), 200);`;
    assert.equal(run(script), 'packet');
    network.removeLink('nta4');
  });

  it('keeps the buffer that it writes into', () => {
    const script = `
      let packets = 0;
      cap.on('packet', (size) => { if (++packets === 20) { console.log('alive'); cap.close(); process.exit(); } });
      cap.open('nta0', 'udp', 1 << 24, Buffer.alloc(65536), 256, true, 20);
      setInterval(() => { gc(); Buffer.alloc(1 << 20, 1); for (let i = 0; i < 5; i++) send(); }, 20);`;
    assert.equal(run(script, '--expose-gc'), 'alive');
  });

  it('keeps its socket from child processes', () => {
    const list = 'for f in /proc/$$/fd/*; do [ ${f##*/} -gt 2 ] && readlink $f; done; true';
    const script = `open(); const list = ${JSON.stringify(list)};
      console.log(/socket/.test(execFileSync('sh', ['-c', list]).toString())); cap.close();`;
    assert.equal(run(script), 'false');
  });

  it('lets timers run while packets come faster than they are handled', () => {
    const script = `
      let packets = 0, ticks = 0, whileBusy = 0;
      cap.on('packet', () => { packets += 1; const until = performance.now() + 0.2; while (performance.now() < until); });
      open('udp port 9');
      socket.bind(() => {
        for (let i = 0; i < 6000; i++) send();
        setInterval(() => { ticks += 1; if (packets > 0 && packets < 5000) whileBusy += 1;
          if (packets >= 5000 || ticks > 1000) { console.log(whileBusy > 0); process.exit(); } }, 10);
      });`;
    assert.equal(run(script), 'true');
  });

  it('tells time, length and losses', () => {
    const script = `
      cap.on('packet', (size, truncated, seconds, nanoseconds, length) => {
        const isNow = Math.abs(seconds - Date.now() / 1000) < 60;
        console.log(size, length > 1000, isNow, Number.isInteger(nanoseconds), JSON.stringify(cap.stats()));
        cap.close(); process.exit();
      });
      cap.open('nta0', 'udp port 9', 1 << 24, buffer, 100, true, 20);
      send(1200);`;
    assert.equal(run(script), '100 true true true {"received":1,"dropped":0,"droppedByInterface":0}');
  });
});
