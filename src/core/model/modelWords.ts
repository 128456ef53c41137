import { modelRule } from '../../protocol/finding';
import type { Evidence, Finding, Severity, Threat } from '../../protocol/finding';
import { features } from '../features/features';
import { classFacts } from '../features/labels';
import type { FlowClass } from '../features/labels';
import type { ModelMetadata } from './modelMetadata';
import { votesNeeded } from './modelVotes';
import type { VoteIncident } from './modelVotes';
import { contributions } from './treeEnsemble';
import type { TreeEnsemble } from './treeEnsemble';

/** Rows below which a share says little. */
const fewRows = 50;

/** Inputs that an explanation names. */
const namedInputs = 4;

const what: Readonly<Partial<Record<Threat, string>>> = {
  ddos: 'a distributed denial of service',
  dos: 'a denial of service',
  'port-scan': 'a port scan',
  'brute-force': 'password guessing',
  'web-attack': 'an attack on a web application',
  botnet: 'a bot that talks to its controller',
  infiltration: 'an intruder inside the network',
  heartbleed: 'the Heartbleed attack',
};

const precise = (x: number): string => (Number.isInteger(x) && x < 1000 ? String(x) : String(Number(x.toPrecision(3))));
/** A figure as short as it can be read: microseconds in the unit that fits, large ones in thousands and millions. */
export function shortFigure(x: number, unit: string): string {
  const isTime = unit === 'µs';
  const [step, name] =
    Math.abs(x) >= 1e6
      ? [1e6, isTime ? ' s' : ' M']
      : Math.abs(x) >= 1e4
        ? [1e3, isTime ? ' ms' : ' k']
        : [1, isTime ? ' µs' : ''];
  return `${step === 1 && Math.abs(x) >= 1000 ? Math.round(x) : precise(x / step)}${name}`;
}
const share = (p: number): string => `${(100 * p).toFixed(p >= 0.995 ? 1 : 0)} %`;

/** An incident of the model as a finding, with what spoke for it and against it. */
export function modelFinding(incident: VoteIncident, metadata: ModelMetadata, model: TreeEnsemble): Finding | null {
  const { best, threat, family } = incident;
  if (best === null) return null;
  const probability = incident.meanProbability();
  const needed = votesNeeded[family];
  const sources = [...incident.sources];
  const targets = [...incident.targets];
  const name = what[threat] ?? threat;
  const at = metadata.classes.indexOf(best.ofClass);
  const precision = metadata.precision[at] ?? null;
  const called = metadata.called?.[at];
  // What a web attack asks is read there by rules, so what only the model says of it weighs less.
  const inClear = threat === 'web-attack' && best.flow.application === 'http';
  const from = sources.length === 1 ? (sources[0] ?? '') : `${sources.length} sources`;
  const to = targets.length === 1 ? (targets[0] ?? '') : `${targets.length} targets`;
  return {
    id: `model|${incident.key}`,
    rule: modelRule,
    threat,
    detector: 'model',
    severity: inClear ? 'low' : severityOf(probability, incident.total, needed),
    confidence: Number(Math.min(0.9, probability * trust(precision, called)).toFixed(3)),
    title: `Traffic from ${from} to ${to} looks like ${name}`,
    summary: `${incident.total} flows resemble ${best.ofClass} of CICIDS2017 (${share(probability)} on average). Only the model says so; no rule has confirmed it.`,
    sources,
    targets,
    ports: [...incident.ports].filter((port) => port >= 0),
    firstSeen: incident.firstUs / 1e6,
    lastSeen: incident.lastUs / 1e6,
    count: incident.total,
    evidence: [
      { name: 'class of the model', observed: best.ofClass, threshold: null, unit: '', window: null },
      evidence('mean calibrated probability', probability, metadata.thresholds[metadata.classes.indexOf(best.ofClass)] ?? 0.5, '', '60 s'), // prettier-ignore
      evidence('flows called so', incident.total, needed, 'flows', '60 s'),
      ...explain(best.ofClass, best.row, metadata, model),
      {
        name: 'nearest other class',
        observed: `${best.other} (${share(best.otherProbability)})`,
        threshold: null,
        unit: '',
        window: null,
      },
      ...(precision === null
        ? []
        : [{ name: 'how often it was right on data of its own network that it had not seen', observed: rightWords(precision, called), threshold: null, unit: '', window: null }]), // prettier-ignore
    ],
    against: [
      'The model knows one week of one test network and a small lab, and is often sure of what it has not seen.',
      ...(inClear ? ['The requests are in clear: where they hold an attack, a rule says so, too.'] : []),
    ],
    packets: [...incident.packets],
    flows: [...incident.flows],
    mitre: [...classFacts[best.ofClass].mitre],
    next: [
      `Look at the flows: is ${from} meant to talk to ${to} like this?`,
      'See whether a rule or a log of the target says the same before acting on it.',
    ],
    stages: [],
  };
}

/** How often it was right; with few rows it is not known, so one right and one wrong are added (Laplace's rule of succession). */
function trust(precision: number | null, called: number | undefined): number {
  if (precision === null) return 0.5;
  return called === undefined ? precision : (precision * called + 1) / (called + 2);
}

function rightWords(precision: number, called: number | undefined): string {
  if (called === undefined) return share(precision);
  const few = called < fewRows ? ', which is few' : '';
  return `${Math.round(precision * called)} of ${called} flows${few}`;
}

/** The model alone is never surer than `medium`. */
function severityOf(probability: number, flows: number, needed: number): Severity {
  return probability >= 0.9 && flows >= 2 * needed ? 'medium' : 'low';
}

function evidence(name: string, observed: number, threshold: number, unit: string, window: string): Evidence {
  return { name, observed: Number(observed.toPrecision(4)), threshold, unit, window };
}

/** The inputs that moved the class most against benign: value, usual range, effect. */
function explain(ofClass: FlowClass, row: Float32Array, metadata: ModelMetadata, model: TreeEnsemble): Evidence[] {
  const [own, benign] = [new Float64Array(model.inputs), new Float64Array(model.inputs)];
  contributions(model, row, 0, metadata.classes.indexOf(ofClass), own);
  contributions(model, row, 0, 0, benign);
  const effects = Array.from(own, (x, i) => ({ i, effect: x - (benign[i] ?? 0) }));
  effects.sort((x, y) => y.effect - x.effect);
  return effects
    .slice(0, namedInputs)
    .filter(({ effect }) => effect > 0)
    .map(({ i, effect }) => {
      const id = metadata.inputs[i];
      const feature = features.find((f) => f.id === id);
      const [low, , high] = metadata.usual[i] ?? [0, 0, 0];
      const unit = feature?.unit ?? '';
      return {
        name: `${feature?.words ?? id ?? ''} (adds ${effect.toFixed(1)} to the score)`,
        observed: Number((row[i] ?? 0).toPrecision(4)),
        threshold: `usually ${shortFigure(low, unit)} to ${shortFigure(high, unit)}`,
        unit,
        window: null,
      };
    });
}
