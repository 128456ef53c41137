import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { Driver, startLine } from './support/driver';
import { TestNetwork } from './support/network';
import { cannotCapture, eventually, Stage } from './support/stage';

/** `cap` as its author published it, as somebody has it who installs it without our patch. */
describe('a capture by cap without our patch', function () {
  this.timeout(120_000);
  let stage: Stage;
  let network: TestNetwork;
  const drivers: Driver[] = [];

  before(function () {
    const reason = cannotCapture();
    if (reason !== null) {
      console.log(`skipped: ${reason}`);
      this.skip();
    }
    stage = new Stage();
    network = new TestNetwork();
    const script = path.resolve(__dirname, '../../scripts/native.mjs');
    const built = spawnSync(process.execPath, [script, '--published', path.join(stage.dist, 'native')]);
    assert.equal(built.status, 0, String(built.stderr));
  });
  afterEach(async () => {
    for (const driver of drivers.splice(0)) await driver.dispose();
  });
  after(() => {
    stage?.dispose();
    network?.dispose();
  });

  const start = (changes: Parameters<typeof startLine>[0]): Driver => {
    const driver = new Driver(stage, network, { start: startLine({ backend: 'cap', ...changes }) });
    drivers.push(driver);
    return driver;
  };
  const knock = (): void => {
    const script = `require('node:dgram').createSocket('udp4').send('knock', 9, '${network.serverAddress}', () => process.exit())`;
    const [program, args] = network.inClient(process.execPath, '-e', script);
    assert.equal(spawnSync(program, args).status, 0);
  };

  it('works, and says that times are not those of the kernel and that losses are not known', async () => {
    const driver = start({ filter: 'udp port 9' });
    const { line } = await driver.next('hello');
    const { backend, timestampSource, nanoseconds, dropCountsKnown } = line;
    assert.deepEqual([backend, timestampSource, nanoseconds, dropCountsKnown], ['cap', 'process', false, false]);
    const beforeUs = Date.now() * 1000;
    knock();
    const packet = await driver.next('packet');
    assert.equal(Buffer.from(packet.data, 'base64').subarray(-5).toString(), 'knock');
    assert.ok(packet.timeUs >= beforeUs && packet.timeUs <= Date.now() * 1000);
    assert.equal((await driver.next('stats')).droppedByKernel, null);
    driver.stop();
    assert.equal((await driver.ended()).code, null);
  });

  it('ends its helper alone when its interface is removed, which is told as what it is', async () => {
    network.addLink('nta5', '10.83.0.2', '10.83.0.1');
    const driver = start({ interface: 'nta5' });
    const { pid } = await driver.next('hello');
    network.removeLink('nta5');
    const { code, message } = await driver.ended();
    assert.equal(code, 'INTERFACE_GONE');
    assert.match(message, /interface/i);
    assert.ok(await eventually(() => !stage.processes().includes(pid), 4000));
  });

  it('is given up on at a filter that is wrong, and the next start works', async () => {
    const failed = await start({ filter: 'tcp prot 80' }).next('failed');
    assert.equal(failed.code, 'BAD_FILTER');
    assert.match(failed.message, /syntax error/);
    assert.equal((await start({}).next('hello')).line.backend, 'cap');
  });
});
