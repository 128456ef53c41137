import { randomBytes, timingSafeEqual } from 'node:crypto';
import { accessSync, chmodSync, constants, mkdtempSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AskpassAnswer } from '../../protocol/askpass';
import { askpassTimeoutMs, askpassVariables, isAskpassRequest, maxAskpassLineBytes } from '../../protocol/askpass';
import { t } from '../../protocol/l10n';
import { LineSplitter } from '../../protocol/lines';

/** sudo asks three times at most; nobody else has a reason to ask. */
const maxAsks = 3;
const requestTimeoutMs = 5000;
const maxConnections = 4;
/** Room for the socket's path in `sockaddr_un`, the smaller one of macOS. */
const maxSocketPathBytes = 103;
const maxPromptLength = 200;

export interface AskpassProgram {
  /** For SUDO_ASKPASS. */
  program: string;
  /** Variables that the program needs. They hold a token that is worth nothing once the endpoint is disposed of. */
  environment: Record<string, string>;
}

/**
 * Where our askpass program finds the person: a Unix socket in a directory that only this user may enter, with a
 * token that only the started sudo was given. Good for one start of a capture; not for Windows.
 */
export class AskpassEndpoint {
  private server: Server | null = null;
  private directory: string | null = null;
  private readonly sockets = new Set<Socket>();
  private readonly token = randomBytes(32).toString('hex');
  private asks = 0;
  private asking: Promise<unknown> = Promise.resolve();
  private disposed = false;

  /**
   * @param ask shows the prompt to the person; undefined when they cancelled
   * @param programs directory that holds `askpass.sh` and `askpass.js`, and the Node that runs the latter
   */
  constructor(
    private readonly ask: (prompt: string) => Promise<string | undefined>,
    private readonly programs: { directory: string; runtimePath: string } = {
      directory: __dirname,
      runtimePath: process.execPath,
    },
  ) {}

  /** Opens the socket. Rejects on Windows, when it was opened before, and when there is no place for a socket. */
  async start(): Promise<AskpassProgram> {
    if (process.platform === 'win32') throw new Error('There is no sudo to ask for on Windows.');
    if (this.server !== null || this.disposed) throw new Error('An askpass endpoint is good for one start.');
    const program = path.join(this.programs.directory, 'askpass.sh');
    makeExecutable(program);
    const directory = mkdtempSync(path.join(socketRoot(), 'nta-'));
    this.directory = directory;
    const socketPath = path.join(directory, 's');
    const server = createServer((socket) => this.onConnection(socket));
    this.server = server;
    server.maxConnections = maxConnections;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, resolve);
    }).catch((error: unknown) => {
      this.dispose();
      throw error;
    });
    server.on('error', () => this.dispose());
    return {
      program,
      environment: {
        [askpassVariables.node]: this.programs.runtimePath,
        [askpassVariables.main]: path.join(this.programs.directory, 'askpass.js'),
        [askpassVariables.socket]: socketPath,
        [askpassVariables.token]: this.token,
      },
    };
  }

  /** Closes the socket; a question that is still open is answered with a cancel. */
  dispose(): void {
    this.disposed = true;
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
    if (this.directory !== null) rmSync(this.directory, { recursive: true, force: true });
    this.directory = null;
  }

  private onConnection(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(requestTimeoutMs, () => socket.destroy());
    let isRequested = false;
    const lines = new LineSplitter(
      maxAskpassLineBytes,
      (line) => {
        if (isRequested) return;
        isRequested = true;
        socket.setTimeout(0);
        void this.answer(socket, Buffer.from(line).toString('utf8'));
      },
      () => socket.destroy(),
    );
    socket.on('data', (chunk) => lines.push(chunk));
  }

  private async answer(socket: Socket, text: string): Promise<void> {
    const prompt = this.promptOf(text);
    if (prompt === null || this.asks >= maxAsks) {
      socket.destroy();
      return;
    }
    this.asks += 1;
    const question = this.asks === 1 ? prompt : t('That was not accepted. {0}', prompt);
    // One box at a time, whoever asks.
    const answer = this.asking.then(() => this.askPerson(question, socket));
    this.asking = answer;
    const password = await answer;
    const line: AskpassAnswer = { password };
    if (!socket.destroyed) socket.end(`${JSON.stringify(line)}\n`);
  }

  private promptOf(text: string): string | null {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      return null;
    }
    if (!isAskpassRequest(request)) return null;
    const given = Buffer.from(request.token);
    const wanted = Buffer.from(this.token);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
    const prompt = request.prompt.replace(/[\p{Cc}\p{Cf}]/gu, ' ').trim();
    return prompt.slice(0, maxPromptLength);
  }

  /** Null when the person cancelled, took too long, or the one who asked is gone. */
  private async askPerson(prompt: string, socket: Socket): Promise<string | null> {
    if (this.disposed || socket.destroyed) return null;
    let timer: NodeJS.Timeout | undefined;
    const gone = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), askpassTimeoutMs);
      socket.once('close', () => resolve(null));
    });
    try {
      return (await Promise.race([this.ask(prompt), gone])) ?? null;
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Some ways to install an extension lose the mode of its files. */
function makeExecutable(program: string): void {
  try {
    accessSync(program, constants.X_OK);
  } catch {
    chmodSync(program, 0o755);
  }
}

/** A long TMPDIR, as macOS and tests have it, leaves no room for a socket's name. */
function socketRoot(): string {
  const root = tmpdir();
  return Buffer.byteLength(path.join(root, 'nta-XXXXXX', 's')) <= maxSocketPathBytes ? root : '/tmp';
}
