import path from 'node:path';

const modules = path.join(import.meta.dirname, 'node_modules');

/** Folder of the Node package that runs the workbench: holds `bin/node` and its headers. */
export const nodePackage = () => path.join(modules, `node-linux-${process.arch}`);
export const nodeBinary = () => path.join(nodePackage(), 'bin/node');
/** The program that serves the workbench. */
export const serverEntry = path.join(modules, 'code-server/out/node/entry.js');
/** Where VS Code itself lies, with its own dependencies. */
export const vscodeFolder = path.join(modules, 'code-server/lib/vscode');
