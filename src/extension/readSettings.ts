import * as vscode from 'vscode';
import { parseSettings, type Settings } from './settings';

/** The settings as they are now. */
export function readSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration('networkTraffic');
  return parseSettings((key) => configuration.get(key));
}
