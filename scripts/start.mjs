// Opens VS Code with the extension and the sample captures: the desktop's when `code` is on the PATH, else (Linux) the
// workbench in tools/vscode-host, served to a browser on this machine. Ctrl-C ends everything that was started.
import { freePort, startHost } from '../tools/vscode-host/host.mjs';
import { endAllOnSignal } from './lib/children.mjs';
import { findCode, openDesktop } from './lib/desktop.mjs';
import { inRoot } from './lib/root.mjs';
import { setUp, SetupError, wantsWorkbench } from './setup.mjs';

/** Preferred, so that a bookmark keeps working. */
const usualPort = 8460;

const code = findCode();

async function openInDesktop() {
  const folder = inRoot('samples');
  console.log(`\nOpening VS Code (${code}) with the extension on ${folder}`);
  explain();
  console.log('It ends when its window is closed, or with Ctrl-C here.\n');
  process.exitCode = await openDesktop({ code, extension: inRoot(), folder });
}

async function serveWorkbench() {
  const host = await startHost({ link: [inRoot()], port: await freePort(usualPort) });
  console.log(
    `\nVS Code is ready. Open this address in a browser on this machine:\n\n  ${host.pageAddress(inRoot('samples'))}\n`,
  );
  explain();
  console.log('Ctrl-C ends it.\n');
  await new Promise((resolve) => host.server.once('exit', resolve));
  console.error(`the workbench ended by itself:\n${host.log().slice(-4000)}`);
  await host.stop();
  process.exitCode = 1;
}

function explain() {
  console.log('  capture   Command Palette (F1): Network Traffic: Start Capture');
  console.log('  a file    right-click a .pcap in the Explorer: Analyze Network Capture');
}

endAllOnSignal({ exitCode: 0 });
try {
  if (code === null && process.platform !== 'linux') {
    throw new SetupError(
      'VS Code was not found: `code` is not on the PATH.\n' +
        'Install it from https://code.visualstudio.com, then run "Shell Command: Install \'code\' command in PATH" from its\n' +
        'Command Palette (macOS), or choose "Add to PATH" in the installer (Windows), and type `npm start` again.',
    );
  }
  await setUp({ purpose: 'start', workbench: wantsWorkbench('start') });
  await (code === null ? serveWorkbench() : openInDesktop());
} catch (error) {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  process.exitCode = 1;
}
