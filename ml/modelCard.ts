import { metricsMarkdown } from './report/metricsMarkdown';
import type { Metrics } from './report/metrics';

const intro = `# Model card

Three models score flows of network traffic. Each is a set of boosted decision trees, trained in this project by \`npm run train\` and stored
as ONNX in \`ml/models\`:

- \`live.onnx\` scores live traffic and capture files;
- \`improved.onnx\` scores rows of the improved CICIDS2017, for \`score\`;
- \`official.onnx\` scores rows of the official \`MachineLearningCVE\` files, whose flows are measured with known faults, for \`score\`.

The last two show how well the dataset can be told apart; what is learned for that alone finds little elsewhere. The live model gives up
some of it, so as to know more of tools that nobody has shown to it.

## What it is for, and what not

The live model is one witness beside the rules. It says of a flow which of the known attacks of CICIDS2017 it resembles, with a calibrated
probability. A finding that only the model supports is at most \`medium\` and says so; where a rule and the model agree, the finding names both.
The classes of a family count together: what a flow is called is the likeliest family, and its likeliest class. Below the threshold of a class,
or when three or more features lie outside everything that training showed, it abstains, and that is never an alarm.

- It was trained on one week of one test network and a small lab. It does not find unknown attacks.
- On other networks its figures fall far below those on its own data: see the line on another network, and the table of unseen tools.
- A high probability is no guard against that: a model that meets what it has not seen is often sure and wrong.
- Tools that it was never shown are often missed or named wrongly, single requests of floods and web attacks most of all: the table of unseen
  tools says how often, and how much less often surely enough to count. Rules over time windows and over payload are what finds those; the lab
  captures that it does well on are captures it learned from.
- Benign programs that it was never shown are often called an attack, too; the thresholds keep back most of those flows, not all: the line below the
  table of unseen tools says how many pass.
- No port, address, window or header length goes in. What a host sends is not sent anywhere: the model runs on the machine that captures.

## Data

CICIDS2017 (Sharafaldin, Lashkari, Ghorbani: "Toward Generating a New Intrusion Detection Dataset and Intrusion Traffic Characterization",
ICISSP 2018), official rows, and the improved rows of Liu, Engelen and others ("Error Prevalence in NIDS datasets", CNS 2022); flows of our own
lab (real tools against real servers in network namespaces), which are in \`ml/models/lab-flows.csv.gz\`. The dataset's rows are not in
this project; \`ml/README.md\` says how to get them.

Only the live model learns flows of the lab, at their end and at the checkpoints at which live flows are scored, beside at most 40,000 improved
rows. The flows of one tool and class count for at most 100 rows together, those of one benign capture for 300. Floods of single packets,
tunnels and uploads are not taught: one flow does not show them. The live model does not tell DDoS from DoS, because whether a flood is
distributed is counted from its sources, nor a scan from inside from others, and it does not know Heartbleed, which a rule reads.

Rows of rare attacks are taught to the official model as improved rows, too, half an official row each: the same flows, cut
otherwise. A row that is scored may therefore be a flow whose other form was learned, here and wherever rows of both kinds exist.

Official rows keep attacks that were not carried out (connections without a byte from the opener), because the files label them as
attacks; the figures are given with and without them. Web Attack XSS and Brute Force are the same traffic in the official rows and
cannot be told apart.

## How far the figures can be trusted

The learning rate, the leaves, the weights of classes, of rows that name only a family, of lent rows and of lab flows were chosen by looking
at rows that are reported below, among some forty variants, so the figures lean to the good side. For rows of the dataset, temperature, bias and
thresholds are fitted to rows that neither learned nor are scored. Each reported part is scored by a model that learned from eight parts of ten;
the shipped models learned from all ten and were not measured.

For the live model, an eighth of each family's tools is left out at a time, with all their captures, from models that keep the other tools and all
benign traffic; then a fifth of the kinds of benign programs, from models that keep all tools. These models learn 8,000 rows of the dataset. A
flow counts by its score at its end. The temperature is fitted to all these flows, so it saw what is reported. The bias is not fitted but chosen: a
flow is called benign when that is twice as likely as an attack, because a threshold stands between what a flow is called and a finding. It is
raised until at most 0.2 % of the flows of unseen benign programs pass it for classes of which a few flows make a finding (guessing, web attacks,
bots, infiltration), and 0.5 % for each of the others; the share above the threshold is of parts that did not raise it.
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
