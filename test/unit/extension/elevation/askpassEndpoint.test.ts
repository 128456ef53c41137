import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { AskpassEndpoint } from '../../../../src/extension/elevation/askpassEndpoint';
import { askpassMarkers, askpassVariables } from '../../../../src/protocol/askpass';

const sources = path.resolve(__dirname, '../../../../src/extension/elevation');

describe('AskpassEndpoint and its program', function () {
  this.timeout(20_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'nta-ask-'));
  const endpoints: AskpassEndpoint[] = [];

  before(function () {
    if (process.platform === 'win32') {
      console.log('skipped: there is no sudo on Windows');
      this.skip();
    }
    copyFileSync(path.join(sources, 'askpass.sh'), path.join(directory, 'askpass.sh'));
    buildSync({
      entryPoints: [path.join(sources, 'askpassMain.ts')],
      outfile: path.join(directory, 'askpass.js'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'warning',
    });
  });
  afterEach(() => {
    for (const endpoint of endpoints.splice(0)) endpoint.dispose();
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  function endpoint(ask: (prompt: string) => Promise<string | undefined>): AskpassEndpoint {
    const made = new AskpassEndpoint(ask, { directory, runtimePath: process.execPath });
    endpoints.push(made);
    return made;
  }

  async function run(
    { program, environment }: { program: string; environment: Record<string, string> },
    prompt = 'Password:',
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = spawn(program, [prompt], { env: { PATH: '/usr/bin:/bin', ...environment } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    await once(child, 'close');
    return { code: child.exitCode, stdout, stderr };
  }

  it('brings the question to the person and the answer to stdout, and nowhere else', async () => {
    const prompts: string[] = [];
    const started = await endpoint(async (prompt) => {
      prompts.push(prompt);
      return 'påss "wörd\\';
    }).start();
    assert.deepEqual(await run(started, '[sudo] \u001b[31mpassword\u202e for me: '), {
      code: 0,
      stdout: 'påss "wörd\\\n',
      stderr: `${askpassMarkers.answered}\n`,
    });
    assert.deepEqual(prompts, ['[sudo]  [31mpassword  for me:']);
    assert.ok(!JSON.stringify(started).includes('wörd'));
  });

  it('ends with 1 when the person cancels, when asking fails, and when the answer is two lines', async () => {
    for (const ask of [
      async () => undefined,
      () => Promise.reject(new Error('no window')),
      async () => 'first\nsecond',
    ]) {
      const { code, stdout, stderr } = await run(await endpoint(ask).start());
      assert.deepEqual([code, stdout], [1, '']);
      assert.ok(stderr.startsWith(askpassMarkers.cancelled));
    }
  });

  it('asks three times at most, and says that an answer was not accepted', async () => {
    const prompts: string[] = [];
    const started = await endpoint(async (prompt) => {
      prompts.push(prompt);
      return 'x';
    }).start();
    const codes = [];
    for (let i = 0; i < 4; i++) codes.push((await run(started)).code);
    assert.deepEqual(codes, [0, 0, 0, 1]);
    assert.deepEqual(prompts, ['Password:', 'That was not accepted. Password:', 'That was not accepted. Password:']);
  });

  it('asks nobody for whoever does not know the token', async () => {
    const made = endpoint(() => assert.fail('the person was asked'));
    const { program, environment } = await made.start();
    for (const token of ['', 'x', 'f'.repeat(64)]) {
      const changed = { ...environment, [askpassVariables.token]: token };
      assert.equal((await run({ program, environment: changed })).code, 1);
    }
    for (const text of ['nonsense\n', '{}\n', `${'x'.repeat(10_000)}\n`]) {
      const socket = connect(environment[askpassVariables.socket]!);
      socket.on('error', () => undefined);
      socket.end(text);
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      await once(socket, 'close');
      assert.equal(answer, '');
    }
  });

  it('has its socket where only this user can reach it, and removes it', async () => {
    const made = endpoint(async () => 'x');
    const started = await made.start();
    const socketPath = started.environment[askpassVariables.socket]!;
    assert.equal(statSync(path.dirname(socketPath)).mode & 0o777, 0o700);
    made.dispose();
    assert.ok(!existsSync(path.dirname(socketPath)));
    assert.equal((await run(started)).code, 1);
  });

  it('answers an open question with a cancel when it is disposed of', async () => {
    const made = endpoint(() => new Promise(() => undefined));
    const result = run(await made.start());
    await new Promise((resolve) => setTimeout(resolve, 500));
    made.dispose();
    assert.equal((await result).code, 1);
  });

  it('is good for one start', async () => {
    const made = endpoint(async () => 'x');
    await made.start();
    await assert.rejects(made.start());
  });
});
