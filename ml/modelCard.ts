import { metricsMarkdown } from './report/metricsMarkdown';
import type { Metrics } from './report/metrics';

const intro = `# Model card

Two models score flows of network traffic. Each is a set of boosted decision trees, trained in this project by \`npm run train\` and stored
as ONNX in \`ml/models\`:

- \`improved.onnx\` scores live traffic, capture files and rows of the improved CICIDS2017;
- \`official.onnx\` scores rows of the official \`MachineLearningCVE\` files, whose flows are measured with known faults. It never sees live traffic.

## What it is for, and what not

The model is one witness beside the rules. It says of a flow which of the known attacks of CICIDS2017 it resembles, with a calibrated
probability. A finding that only the model supports is at most \`medium\` and says so; where a rule and the model agree, the finding names both.
Below the threshold of a class, or when three or more features lie outside everything that training showed, it abstains, and that is never an alarm.

- It was trained on one week of one test network and a small lab. It does not find unknown attacks.
- On other networks its figures fall far below those on its own data: see the line on another network, and the table of unseen tools.
- A high probability is no guard against that: a model that meets what it has not seen is often sure and wrong.
- Tools that it was never shown are often missed or named wrongly, floods and slow requests most of all: the table of unseen tools
  says how often. Rules over time windows and over payload are what finds those; the lab captures that it does well on are captures it learned from.
- No port, address, window or header length goes in. What a host sends is not sent anywhere: the model runs on the machine that captures.

## Data

CICIDS2017 (Sharafaldin, Lashkari, Ghorbani: "Toward Generating a New Intrusion Detection Dataset and Intrusion Traffic Characterization",
ICISSP 2018), official rows, and the improved rows of Liu, Engelen and others ("Error Prevalence in NIDS datasets", CNS 2022); flows of our own
lab (real tools against real servers in network namespaces), which are in \`ml/models/lab-flows.csv.gz\`. The dataset's rows are not in
this project; \`ml/README.md\` says how to get them. Lab flows are taught at their end and at the checkpoints at which live flows are
scored; the flows of one capture and class count for at most 25 rows together (300 when benign). Floods of single packets or of ordinary
requests (ab, curl, wrk), tunnels and uploads are not taught: one flow does not show them.

Rows of rare attacks are taught to the official model as improved rows, too, half an official row each: the same flows, cut
otherwise. A row that is scored may therefore be a flow whose other form was learned, here and wherever rows of both kinds exist.

Official rows keep attacks that were not carried out (connections without a byte from the opener), because the files label them as
attacks; the figures are given with and without them. Web Attack XSS and Brute Force are the same traffic in the official rows and
cannot be told apart.

## How far the figures can be trusted

The learning rate, the leaves, the weights of classes, of rows that name only a family, of lent rows and of lab flows were chosen by looking
at rows that are reported below, among some thirty variants, so the figures lean to the good side. Temperature, bias and thresholds are
fitted to rows that neither learned nor are scored. Each reported part is scored by a model that learned from eight parts of ten; the shipped
models learned from all ten and were not measured. Lab tools and kinds of benign programs are left out, several at a time, from smaller models
(10,000 rows of the dataset, 40 rounds), and their flows count at checkpoints and at the end.
`;

/** MODEL_CARD.md, with the figures of the metrics file. */
export function modelCard(metrics: Metrics): string {
  return `${intro}\n${metricsMarkdown(metrics)}`;
}

/** The card of a model that somebody trained with this product. */
export function ownModelCard(metrics: Metrics): string {
  return `# Model card

Trained with the product, on data that it did not come with. What the shipped model's card says of its use and of its limits holds for this one,
too: it knows the attacks that it was shown, and a high probability is no guard against what it has not seen.

${metricsMarkdown(metrics)}`;
}
