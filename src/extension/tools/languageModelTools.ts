import * as v from 'valibot';
import * as vscode from 'vscode';
import type { Disposable } from '../disposable';
import { DisposableStore } from '../disposable';
import { asNetworkTrafficError } from '../errors';
import { readSettings } from '../readSettings';
import type { Session } from '../sessions/session';
import type { SessionRegistry } from '../sessions/sessionRegistry';
import { severities } from '../../protocol/finding';
import { t } from '../../protocol/l10n';
import { Redactor } from './redact';
import { toolAnswers } from './toolAnswers';

/** Rows that one answer holds at most, and when none are asked for. */
const maxRows = 100;
const usualRows = 20;

const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maxRows)), usualRows);
const inputs = {
  overview: v.object({}),
  conversations: v.object({ count }),
  findings: v.object({ count, minimumSeverity: v.optional(v.picklist(severities), 'info') }),
  packets: v.object({ filter: v.optional(v.pipe(v.string(), v.maxLength(1000)), ''), count }),
};

/** Names in the manifest. */
export const toolNames = {
  overview: 'network_traffic_get_overview',
  conversations: 'network_traffic_get_conversations',
  findings: 'network_traffic_get_findings',
  packets: 'network_traffic_get_packets',
} as const;

/**
 * What a language model may ask of the capture that is looked at: to read, never to start or change anything. Answers are
 * bounded, addresses are replaced by names unless the person set it otherwise, and what was on the wire is fenced.
 */
export class LanguageModelTools implements Disposable {
  private readonly disposables = new DisposableStore();

  constructor(private readonly sessions: SessionRegistry) {
    const register = <T>(name: string, schema: v.GenericSchema<unknown, T>, words: string, answer: Answer<T>): void => {
      this.disposables.add(vscode.lm.registerTool(name, this.tool(schema, words, answer)));
    };
    register(
      toolNames.overview,
      inputs.overview,
      t('Reading the overview of the capture'),
      ({ snapshot, session }, redactor) => toolAnswers.overview(snapshot, session.findings, redactor),
    );
    register(
      toolNames.conversations,
      inputs.conversations,
      t('Reading conversations'),
      ({ snapshot, input }, redactor) => toolAnswers.conversations(snapshot, input.count, redactor),
    );
    register(toolNames.findings, inputs.findings, t('Reading findings'), ({ session, input }, redactor) => {
      const least = severities.indexOf(input.minimumSeverity);
      const findings = session.findings
        .filter(({ severity }) => severities.indexOf(severity) >= least)
        .sort((x, y) => severities.indexOf(y.severity) - severities.indexOf(x.severity));
      return toolAnswers.findings(findings, input.count, redactor);
    });
    register(toolNames.packets, inputs.packets, t('Reading packets'), async ({ session, input }, redactor) => {
      const { rows, matched } = await session.getPackets(0, input.count, input.filter);
      return toolAnswers.packets(rows, matched, redactor);
    });
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private tool<T>(
    schema: v.GenericSchema<unknown, T>,
    words: string,
    answer: Answer<T>,
  ): vscode.LanguageModelTool<unknown> {
    return {
      prepareInvocation: () => ({ invocationMessage: words }),
      invoke: async ({ input }) => text(await this.answer(schema, input, answer)),
    };
  }

  /** Says what to do instead of throwing: the reader is a program that can try again. */
  private async answer<T>(schema: v.GenericSchema<unknown, T>, input: unknown, answer: Answer<T>): Promise<string> {
    const parsed = v.safeParse(schema, input ?? {});
    if (!parsed.success) return `The input is not valid: ${parsed.issues[0].message}. Try again with another input.`;
    const session = this.sessions.active;
    const { snapshot } = session;
    if (snapshot === null || snapshot.packets === 0) {
      return 'There is no capture. Ask the person to start one (Network Traffic: Start Capture) or to open a capture file; no tool can.';
    }
    try {
      const redactor = new Redactor(readSettings().redactForModels);
      return await answer({ session, snapshot, input: parsed.output }, redactor);
    } catch (error) {
      const { message, hint } = asNetworkTrafficError(error);
      return `${message} ${hint} Try again with another input.`.trim();
    }
  }
}

type Answer<T> = (
  asked: { session: Session; snapshot: NonNullable<Session['snapshot']>; input: T },
  redactor: Redactor,
) => string | Promise<string>;

function text(value: string): vscode.LanguageModelToolResult {
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(value)]);
}
