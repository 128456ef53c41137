import { ProtobufError, ProtobufWriter, protobufFields, textOf, unpackFloats, unpackIntegers } from './protobuf';
import { averageInnerNodes, maxModelNodes } from './treeEnsemble';
import type { TreeEnsemble } from './treeEnsemble';

/** The file is no model that this version can run; the message says why. */
export class ModelFormatError extends Error {}

const attributeTypes = { string: 3, floats: 6, ints: 7, strings: 8 } as const;
const elementTypes = { float: 1, int64: 7 } as const;
const mlDomain = 'ai.onnx.ml';
const operator = 'TreeEnsembleClassifier';
/** ONNX 1.8: IR version 7, ai.onnx 13, ai.onnx.ml 3: what every ONNX Runtime since 2021 reads. */
const irVersion = 7;
const opsets = [
  { domain: '', version: 13 },
  { domain: mlDomain, version: 3 },
];

/** A model as an ONNX file: one operator, probabilities of all classes out; `metadata` goes to `metadata_props`. */
export function writeOnnx(model: TreeEnsemble, metadata: Readonly<Record<string, string>>): Uint8Array {
  const file = new ProtobufWriter().integer(1, irVersion).text(2, 'network-traffic-analyzer');
  file.message(7, (graph) => {
    graph.message(1, (node) => writeNode(node, model));
    graph.text(2, 'flows');
    graph.message(11, (info) => writeValueInfo(info, 'features', elementTypes.float, model.inputs));
    graph.message(12, (info) => writeValueInfo(info, 'label', elementTypes.int64, null));
    graph.message(12, (info) => writeValueInfo(info, 'probabilities', elementTypes.float, model.classes));
  });
  for (const { domain, version } of opsets) file.message(8, (opset) => opset.text(1, domain).integer(2, version));
  for (const [key, value] of Object.entries(metadata)) file.message(14, (entry) => entry.text(1, key).text(2, value));
  return file.finish();
}

function writeValueInfo(info: ProtobufWriter, name: string, type: number, width: number | null): void {
  info.text(1, name).message(2, (typeProto) =>
    typeProto.message(1, (tensor) =>
      tensor.integer(1, type).message(2, (shape) => {
        shape.message(1, (rows) => rows.text(2, 'rows'));
        if (width !== null) shape.message(1, (columns) => columns.integer(1, width));
      }),
    ),
  );
}

function writeNode(node: ProtobufWriter, model: TreeEnsemble): void {
  node.text(1, 'features').text(2, 'label').text(2, 'probabilities').text(3, 'trees').text(4, operator);
  const { feature, roots, treeClass } = model;
  const count = feature.length;
  const tree = new Int32Array(count);
  for (let t = 0; t < roots.length; t++) tree.fill(t, roots[t] ?? 0, roots[t + 1] ?? count);
  const place = (n: number): number => n - (roots[tree[n] ?? 0] ?? 0);
  const nodes = Array.from({ length: count }, (_, n) => n);
  const leaves = nodes.filter((n) => (feature[n] ?? -1) < 0);
  const inner = (n: number): boolean => (feature[n] ?? -1) >= 0;
  const ints = (name: string, values: readonly number[]): void => {
    node.message(5, (a) => a.text(1, name).integers(8, values).integer(20, attributeTypes.ints));
  };
  const floats = (name: string, values: Float32Array): void => {
    node.message(5, (a) => a.text(1, name).floats(7, values).integer(20, attributeTypes.floats));
  };
  floats('base_values', Float32Array.from(model.base));
  ints(
    'class_ids',
    leaves.map((n) => treeClass[tree[n] ?? 0] ?? 0),
  );
  ints('class_nodeids', leaves.map(place));
  ints(
    'class_treeids',
    leaves.map((n) => tree[n] ?? 0),
  );
  floats(
    'class_weights',
    Float32Array.from(leaves, (n) => model.value[n] ?? 0),
  );
  ints(
    'classlabels_int64s',
    Array.from({ length: model.classes }, (_, k) => k),
  );
  ints(
    'nodes_falsenodeids',
    nodes.map((n) => (inner(n) ? place(model.right[n] ?? 0) : 0)),
  );
  ints(
    'nodes_featureids',
    nodes.map((n) => Math.max(0, feature[n] ?? 0)),
  );
  floats('nodes_hitrates', model.cover);
  node.message(5, (a) => {
    a.text(1, 'nodes_modes');
    for (const n of nodes) a.text(9, inner(n) ? 'BRANCH_LEQ' : 'LEAF');
    a.integer(20, attributeTypes.strings);
  });
  ints('nodes_nodeids', nodes.map(place));
  ints('nodes_treeids', [...tree]);
  ints(
    'nodes_truenodeids',
    nodes.map((n) => (inner(n) ? place(model.left[n] ?? 0) : 0)),
  );
  floats('nodes_values', model.threshold);
  node.message(5, (a) => a.text(1, 'post_transform').text(4, 'SOFTMAX').integer(20, attributeTypes.string));
  node.text(7, mlDomain);
}

interface Attribute {
  ints: number[];
  floats: Float32Array;
  strings: string[];
  text: string;
}

/**
 * Reads a model that {@link writeOnnx} wrote.
 * @throws ModelFormatError for any other file, however damaged.
 */
export function readOnnx(bytes: Uint8Array): { model: TreeEnsemble; metadata: Record<string, string> } {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof ProtobufError)
      throw new ModelFormatError(`the file is damaged or no ONNX file (${error.message})`);
    throw error;
  }
}

function read(bytes: Uint8Array): { model: TreeEnsemble; metadata: Record<string, string> } {
  const metadata: Record<string, string> = {};
  let graph: Uint8Array | null = null;
  for (const { field, bytes: value } of protobufFields(bytes)) {
    if (field === 7) graph = value;
    if (field !== 14) continue;
    const entry = [...protobufFields(value)];
    const part = (number: number): string => textOf(entry.find((f) => f.field === number)?.bytes ?? new Uint8Array(0));
    metadata[part(1)] = part(2);
  }
  if (graph === null) throw new ModelFormatError('the file holds no ONNX graph');
  const nodes = [...protobufFields(graph)].filter((f) => f.field === 1);
  const only = nodes[0];
  if (nodes.length !== 1 || only === undefined) throw new ModelFormatError('the graph is no single tree ensemble');
  const fields = [...protobufFields(only.bytes)];
  const type = fields.find((f) => f.field === 4);
  if (type === undefined || textOf(type.bytes) !== operator) {
    throw new ModelFormatError(`the operator is not ${operator}`);
  }
  const attributes = new Map<string, Attribute>();
  for (const { field, bytes: value } of fields) if (field === 5) readAttribute(value, attributes);
  const width = inputWidth(graph);
  return { model: ensembleOf(attributes, width), metadata };
}

function readAttribute(bytes: Uint8Array, into: Map<string, Attribute>): void {
  const attribute: Attribute = { ints: [], floats: new Float32Array(0), strings: [], text: '' };
  let name = '';
  for (const { field, bytes: value } of protobufFields(bytes)) {
    if (field === 1) name = textOf(value);
    else if (field === 4) attribute.text = textOf(value);
    else if (field === 7) attribute.floats = unpackFloats(value);
    else if (field === 8) attribute.ints = unpackIntegers(value);
    else if (field === 9) attribute.strings.push(textOf(value));
  }
  into.set(name, attribute);
}

/** Second dimension of the first input: `graph.input.type.tensor_type.shape.dim[1].dim_value`. */
function inputWidth(graph: Uint8Array): number {
  const inside = (bytes: Uint8Array, field: number, which = 0): Uint8Array =>
    [...protobufFields(bytes)].filter((f) => f.field === field)[which]?.bytes ?? new Uint8Array(0);
  const shape = inside(inside(inside(inside(graph, 11), 2), 1), 2);
  return [...protobufFields(inside(shape, 1, 1))].find((f) => f.field === 1)?.number ?? 0;
}

function ensembleOf(attributes: Map<string, Attribute>, inputs: number): TreeEnsemble {
  const ints = (name: string): number[] => attributes.get(name)?.ints ?? [];
  const floats = (name: string): Float32Array => attributes.get(name)?.floats ?? new Float32Array(0);
  const modes = attributes.get('nodes_modes')?.strings ?? [];
  const tree = ints('nodes_treeids');
  const count = tree.length;
  const classes = ints('classlabels_int64s').length;
  const same = ['nodes_nodeids', 'nodes_featureids', 'nodes_truenodeids', 'nodes_falsenodeids'].map(
    (name) => ints(name).length,
  );
  const numbers = [floats('nodes_values').length, floats('nodes_hitrates').length, modes.length];
  if (count === 0 || classes < 2 || inputs < 1) throw new ModelFormatError('the model is empty');
  if (count > maxModelNodes) throw new ModelFormatError(`the model has more than ${maxModelNodes} nodes`);
  if ([...same, ...numbers].some((length) => length !== count)) throw new ModelFormatError('the lists of nodes differ');
  if (attributes.get('post_transform')?.text !== 'SOFTMAX') throw new ModelFormatError('the scores are no softmax');
  const model: TreeEnsemble = {
    classes,
    inputs,
    base: Float64Array.from({ length: classes }, (_, k) => floats('base_values')[k] ?? 0),
    roots: new Int32Array((tree[count - 1] ?? 0) + 1).fill(-1),
    treeClass: new Int32Array((tree[count - 1] ?? 0) + 1).fill(-1),
    feature: Int32Array.from(ints('nodes_featureids'), (f, n) => (modes[n] === 'LEAF' ? -1 : f)),
    threshold: floats('nodes_values'),
    left: new Int32Array(count),
    right: new Int32Array(count),
    value: new Float32Array(count),
    cover: floats('nodes_hitrates'),
  };
  linkNodes(model, tree, ints('nodes_nodeids'), ints('nodes_truenodeids'), ints('nodes_falsenodeids'), modes);
  const leafTrees = ints('class_treeids');
  const leafNodes = ints('class_nodeids');
  const leafClasses = ints('class_ids');
  const weights = floats('class_weights');
  for (const [i, t] of leafTrees.entries()) {
    const n = (model.roots[t] ?? -1) + (leafNodes[i] ?? 0);
    const k = leafClasses[i] ?? -1;
    if (!(n >= 0 && n < count) || tree[n] !== t || k < 0 || k >= classes)
      throw new ModelFormatError('a leaf is nowhere');
    model.value[n] = weights[i] ?? 0;
    model.treeClass[t] = k;
  }
  if (model.treeClass.some((k) => k < 0)) throw new ModelFormatError('a tree has no leaf');
  averageInnerNodes(model);
  return model;
}

/** Sets roots and children; children come after their parent, so a walk always ends. */
function linkNodes(
  model: TreeEnsemble,
  tree: readonly number[],
  place: readonly number[],
  yes: readonly number[],
  no: readonly number[],
  modes: readonly string[],
): void {
  const count = tree.length;
  for (let n = 0; n < count; n++) {
    const t = tree[n] ?? -1;
    if (t < 0 || t >= model.roots.length || t < (tree[n - 1] ?? 0))
      throw new ModelFormatError('trees are out of order');
    if ((model.roots[t] ?? -1) < 0) model.roots[t] = n;
    if (place[n] !== n - (model.roots[t] ?? 0)) throw new ModelFormatError('nodes are out of order');
  }
  for (let n = 0; n < count; n++) {
    if (modes[n] === 'LEAF') continue;
    if (modes[n] !== 'BRANCH_LEQ') throw new ModelFormatError(`the kind of node ${modes[n] ?? ''} is unknown`);
    const root = model.roots[tree[n] ?? 0] ?? 0;
    for (const [list, from] of [
      [model.left, yes],
      [model.right, no],
    ] as const) {
      const child = root + (from[n] ?? 0);
      if (!(child > n && child < count) || tree[child] !== tree[n])
        throw new ModelFormatError('a branch leads nowhere');
      list[n] = child;
    }
    if ((model.feature[n] ?? -1) < 0 || (model.feature[n] ?? 0) >= model.inputs) {
      throw new ModelFormatError('a branch asks for an input that is not there');
    }
  }
}
