import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { defaultRuleSettings } from '../../../src/protocol/ruleSettings';
import { commandIds, viewIds } from '../../../src/extension/commandIds';
import { noStopRules } from '../../../src/protocol/liveCapture';
import { localized } from '../../../scripts/l10n/manifest';
import { parseSettings, settingSchemas, type SettingKey } from '../../../src/extension/settings';

const root = path.resolve(__dirname, '../../..');

interface Property {
  type: string;
  default: unknown;
  minimum?: number;
  maximum?: number;
  scope: string;
  markdownDescription: string;
}

interface Manifest {
  icon: string;
  extensionKind: string[];
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; category: string; icon?: string }[];
    menus: Record<string, { command?: string; submenu?: string; when?: string }[]>;
    submenus: { id: string }[];
    viewsContainers: { activitybar: { id: string; icon: string }[] };
    views: Record<string, { id: string; accessibilityHelpContent?: string }[]>;
    viewsWelcome: { view: string; contents: string; when: string }[];
    customEditors: { viewType: string; priority: string; selector: { filenamePattern: string }[] }[];
    walkthroughs: { steps: { media: { svg: string; altText: string } }[] }[];
    configuration: { properties: Record<string, Property> }[];
  };
}

const read = (name: string): unknown => JSON.parse(readFileSync(path.join(root, name), 'utf8'));
/** As a person sees it in English. */
const manifest = localized(read('package.json'), read('package.nls.json') as Record<string, string>) as Manifest;
const { contributes } = manifest;
const properties: Record<string, Property> = Object.assign(
  {},
  ...contributes.configuration.map((part) => part.properties),
);

/** What a `when` clause of `&&`, `||`, `!`, `==` and `!=` comes to. */
function holds(when: string, keys: Record<string, unknown>): boolean {
  const term = (text: string): boolean => {
    const comparison = /^([\w.]+) (==|!=) ([\w.-]+)$/.exec(text);
    if (comparison !== null) return (String(keys[comparison[1]!]) === comparison[3]) === (comparison[2] === '==');
    if (text === 'true' || text === 'false') return text === 'true';
    const plain = /^(!?)([\w.]+)$/.exec(text);
    assert.ok(plain !== null, `not understood: ${text}`);
    return Boolean(keys[plain[2]!]) !== (plain[1] === '!');
  };
  return when.split(' || ').some((part) => part.split(' && ').every(term));
}

describe('manifest', () => {
  it('declares the commands that are registered, under one category', () => {
    assert.deepEqual(contributes.commands.map((command) => command.command).sort(), Object.values(commandIds).sort());
    for (const command of contributes.commands) assert.equal(command.category, 'Network Traffic');
  });

  it('says of every command when the palette shows it', () => {
    const palette = new Map(contributes.menus['commandPalette']?.map((entry) => [entry.command, entry.when]));
    for (const id of Object.values(commandIds)) assert.ok(palette.has(id) && palette.get(id) !== '', id);
    assert.match(palette.get(commandIds.startCapture) ?? '', /isWorkspaceTrusted.*!= capturing/);
    assert.match(palette.get(commandIds.stopCapture) ?? '', /== capturing/);
    for (const id of [commandIds.exportCsv, commandIds.exportJson, commandIds.exportPcap]) {
      assert.equal(palette.get(id), 'networkTraffic.hasResults');
    }
  });

  it('shows in the palette exactly what can work, in every state', () => {
    const shown = (keys: Record<string, unknown>): string[] =>
      (contributes.menus['commandPalette'] ?? [])
        .filter((entry) => holds(entry.when ?? '', keys))
        .map((entry) => (entry.command ?? '').replace('networkTraffic.', ''));
    const findings = ['clearFindings', 'groupFindings', 'filterFindings'];
    const always = [
      'compareCaptures',
      'chooseModel',
      'showModelCard',
      'doctor',
      'recoverCapture',
      'openDashboard',
      'analyzeCaptureFile',
      'showLog',
    ];
    const trusted = ['captureDebugRun', 'captureOptions', 'captureTask', 'trainModel'];
    const exports = ['addKeyLog', 'openReport', 'exportCsv', 'exportJson', 'exportPcap', 'whatIf'];
    const state = (name: string | undefined, more: Record<string, unknown> = {}): Record<string, unknown> => ({
      isWorkspaceTrusted: true,
      'networkTraffic.state': name,
      ...more,
    });
    const results = { 'networkTraffic.hasResults': true, 'networkTraffic.hasFindings': true };
    const cases: [Record<string, unknown>, string[]][] = [
      [state(undefined), ['startCapture', 'captureOnSshHost', 'restartCapture', ...trusted]],
      [state('idle'), ['startCapture', 'captureOnSshHost', 'restartCapture', ...trusted]],
      [state('authorising'), ['stopCapture', ...trusted]],
      [state('capturing'), ['stopCapture', 'restartCapture', ...trusted]],
      [state('stopping'), [...trusted]],
      [state('failed'), ['startCapture', 'captureOnSshHost', 'restartCapture', ...trusted]],
      [
        state('finished', results),
        ['startCapture', 'captureOnSshHost', 'restartCapture', ...trusted, ...exports, ...findings],
      ],
      [state('capturing', results), ['stopCapture', 'restartCapture', ...trusted, ...exports, ...findings]],
      [{ ...state('idle', results), isWorkspaceTrusted: false }, [...exports, ...findings]],
    ];
    for (const [keys, more] of cases)
      assert.deepEqual(
        shown(keys).sort(),
        [
          ...always,
          ...more,
          ...(keys['isWorkspaceTrusted'] === true ? ['openExclusions', 'openFilters', 'openMarks'] : []),
        ].sort(),
        JSON.stringify(keys),
      );
  });

  it('welcomes with exactly one text in every state in which the tree is empty', () => {
    for (const isWorkspaceTrusted of [true, false]) {
      for (const name of [undefined, 'idle', 'authorising', 'capturing', 'stopping', 'finished', 'failed']) {
        for (const hasResults of [true, false]) {
          const keys = { isWorkspaceTrusted, 'networkTraffic.state': name, 'networkTraffic.hasResults': hasResults };
          const texts = contributes.viewsWelcome.filter((welcome) => holds(welcome.when, keys));
          const going = name === 'authorising' || name === 'capturing' || name === 'stopping';
          // A capture cannot be running where none can be started.
          if (going && !isWorkspaceTrusted) continue;
          assert.equal(texts.length, name === 'stopping' ? 0 : 1, `${JSON.stringify(keys)}: ${texts.length}`);
        }
      }
    }
  });

  it('puts only declared commands and submenus into menus, and an icon on what is shown as one', () => {
    const commands = new Map(contributes.commands.map((command) => [command.command, command]));
    const submenus = new Set(contributes.submenus.map((submenu) => submenu.id));
    for (const [menu, entries] of Object.entries(contributes.menus)) {
      for (const entry of entries) {
        assert.ok(
          entry.command === undefined ? submenus.has(entry.submenu ?? '') : commands.has(entry.command),
          `${menu}: ${entry.command}`,
        );
        if (menu.endsWith('/title') && entry.command !== undefined)
          assert.ok(commands.get(entry.command)?.icon, entry.command);
      }
    }
  });

  it('offers to analyze exactly the capture files', () => {
    const entry = contributes.menus['explorer/context']?.find((one) => one.command === commandIds.analyzeCaptureFile);
    const patterns = [...(entry?.when ?? '').matchAll(/(resourceExtname|resourceFilename) =~ \/(.*?)\/i/g)];
    assert.equal(patterns.length, 2);
    const offered = (name: string): boolean =>
      patterns.some(([, key, pattern]) =>
        new RegExp(pattern ?? '', 'i').test(key === 'resourceExtname' ? path.extname(name) : name),
      );
    for (const name of ['a.pcap', 'a.PCAPNG', 'a.cap', 'a.pcap.gz', 'b.Cap.GZ', 'x.pcapng.gz'])
      assert.ok(offered(name), name);
    for (const name of ['a.gz', 'a.txt', 'pcap', 'a.pcap.txt', 'a.tar.gz', 'apcap']) assert.ok(!offered(name), name);
    const selectors = contributes.customEditors[0]?.selector.map((selector) => selector.filenamePattern);
    assert.deepEqual(selectors?.sort(), ['*.cap', '*.cap.gz', '*.pcap', '*.pcap.gz', '*.pcapng', '*.pcapng.gz']);
  });

  it('declares the views and the editor that the sources register', () => {
    assert.deepEqual(
      contributes.views['networkTraffic']?.map((view) => view.id),
      [viewIds.anomalies],
    );
    assert.ok((contributes.views['networkTraffic']?.[0]?.accessibilityHelpContent ?? '').length > 100);
    assert.deepEqual(
      contributes.customEditors.map((editor) => editor.viewType),
      [viewIds.captureEditor],
    );
    assert.deepEqual(manifest.activationEvents, [`onWebviewPanel:${viewIds.dashboard}`, 'onDebug']);
    for (const welcome of contributes.viewsWelcome) {
      assert.equal(welcome.view, viewIds.anomalies);
      for (const [, command] of welcome.contents.matchAll(/\(command:(networkTraffic\.[a-zA-Z]+)\)/g)) {
        assert.ok((Object.values(commandIds) as string[]).includes(command ?? ''), command);
      }
    }
  });

  it('has the pictures and pages that it names', () => {
    const files = [
      manifest.icon,
      ...contributes.viewsContainers.activitybar.map((container) => container.icon),
      ...contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps.map((step) => step.media.svg)),
    ];
    for (const file of files) {
      assert.ok(existsSync(path.join(root, file)), file);
    }
  });

  it('has the section of the README that "How to Allow Capture" opens', () => {
    const source = readFileSync(path.join(root, 'src/extension/extension.ts'), 'utf8');
    const fragment = /README\.md'\)\.with\(\{ fragment: '([a-z-]+)'/.exec(source)?.[1];
    const headings = readFileSync(path.join(root, 'README.md'), 'utf8').match(/^#+ .*$/gm) ?? [];
    assert.ok(
      headings.some((heading) => heading.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-') === fragment),
      fragment,
    );
  });

  it('has the settings that are read, with the same defaults and ranges', () => {
    const ofRules = (key: string): boolean => key.startsWith('networkTraffic.rules.');
    assert.deepEqual(
      [...Object.keys(properties).filter((key) => !ofRules(key)), 'networkTraffic.rules'].sort(),
      Object.keys(settingSchemas)
        .map((key) => `networkTraffic.${key}`)
        .sort(),
    );
    assert.ok(Object.keys(properties).some(ofRules));
    for (const [key, schema] of Object.entries(settingSchemas) as [SettingKey, v.GenericSchema][]) {
      if (key === 'rules') continue;
      const property = properties[`networkTraffic.${key}`];
      assert.ok(property !== undefined && property.markdownDescription.length > 20, key);
      assert.deepEqual(v.parse(schema, property.default), property.default, key);
      if (property.type !== 'integer') continue;
      const standard = property.default;
      assert.equal(v.parse(schema, undefined), standard, `${key}: default`);
      for (const inside of [property.minimum, property.maximum]) assert.equal(v.parse(schema, inside), inside, key);
      for (const outside of [property.minimum! - 1, property.maximum! + 1, property.minimum! + 0.5, '5', null]) {
        assert.equal(v.parse(schema, outside), standard, `${key}: ${String(outside)}`);
      }
    }
  });

  it('keeps settings that reach a command line, or could hide something, from workspaces that are not trusted', () => {
    const capture = Object.entries(properties).filter(([key]) => key.startsWith('networkTraffic.capture.'));
    assert.ok(capture.length >= 6);
    for (const [key, property] of capture) assert.equal(property.scope, 'machine', key);
    const { untrustedWorkspaces } = manifest.capabilities;
    assert.equal(untrustedWorkspaces.supported, 'limited');
    const detection = Object.keys(properties).filter((key) =>
      /^networkTraffic\.(sensitivity|disabledRules|rules\..*|debug\..*|wiresharkFolder)$/.test(key),
    );
    assert.deepEqual(
      untrustedWorkspaces.restrictedConfigurations.sort(),
      [...capture.map(([key]) => key), ...detection].sort(),
    );
    assert.deepEqual(manifest.extensionKind, ['workspace']);
  });
});

describe('parseSettings', () => {
  it('reads the defaults of the manifest', () => {
    const settings = parseSettings((key) => properties[`networkTraffic.${key}`]?.default);
    assert.deepEqual(settings, {
      interface: '',
      filter: '',
      backend: 'auto',
      snapLengthBytes: 65_535,
      promiscuous: true,
      bufferBytes: 64 * 1024 * 1024,
      spoolLimitBytes: 256 * 1024 * 1024,
      spoolFiles: 8,
      stop: noStopRules,
      elevation: ['sudo -n', 'pkexec', 'sudo -A'],
      rules: defaultRuleSettings,
      dashboardUpdatesPerSecond: 4,
      notifyOfFindings: true,
      debugCapture: false,
      debugKeyLog: false,
      redactForModels: true,
      wiresharkFolder: '',
    });
  });

  it('takes of the rules the numbers that are set', () => {
    const read = (rules: unknown): unknown =>
      parseSettings((key) => (key === 'rules' ? rules : undefined)).rules.numbers;
    assert.deepEqual(read(undefined), {});
    assert.deepEqual(read({ 'port-scan': { verticalPorts: 9, windowSeconds: null, horizontalHosts: 'x' }, other: 7 }), {
      'port-scan': { verticalPorts: 9 },
    });
  });

  it('asks for no rights when the list of ways is not understood, and for each way once', () => {
    const read = (elevation: unknown) =>
      parseSettings((key) => (key === 'capture.elevation' ? elevation : undefined)).elevation;
    assert.deepEqual(read(['su']), []);
    assert.deepEqual(read('sudo -n'), []);
    assert.deepEqual(read(['sudo -n', 'sudo -n']), ['sudo -n']);
  });

  it('takes no interface or filter with control characters', () => {
    const settings = parseSettings((key) =>
      key === 'capture.interface' ? 'eth0\n' : key === 'capture.filter' ? 'tcp\u0000' : undefined,
    );
    assert.equal(settings.interface, '');
    assert.equal(settings.filter, '');
  });
});
