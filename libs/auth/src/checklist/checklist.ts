import { Injectable } from '@nestjs/common';
import type { AuthEnvironment } from '../core/options/auth.options.js';
import type { BootFacts } from './boot-facts.js';
import { BootFactsReader } from './boot-facts-reader.js';
import type { BootRule, RuleSeverity } from './boot-rule.js';
import { BOOT_RULES } from './boot-rules.js';
import type { ChecklistItem, ChecklistReport } from './checklist-report.js';

export type { BootRule, Finding, RuleSeverity } from './boot-rule.js';
export type { ChecklistItem, ChecklistReport, ChecklistStatus } from './checklist-report.js';

export interface ChecklistRun {
  /** Also asks the mail server and counts hashes: what may be out of order, or takes long, without stopping a deploy. @default false */
  connect?: boolean;
  /** Judges as if it ran there. @default the environment of the options */
  environment?: AuthEnvironment;
}

/**
 * The production checklist of this application: every rule, asked of the options and of what the ports tell about themselves.
 *
 * It never throws because of what it finds, and can be asked as soon as `onModuleInit` of every module is through, also of an application
 * whose start was refused: `app.init()` rejects, `app.get(Checklist).run()` still answers.
 */
@Injectable()
export class Checklist {
  constructor(private readonly facts: BootFactsReader) {}

  async run({ connect = false, environment }: ChecklistRun = {}): Promise<ChecklistReport> {
    const facts = await this.facts.withRooms(await this.facts.readEarly(environment));
    return judge(connect ? await this.facts.withConnections(facts) : facts);
  }
}

/** What the rules say to these facts. */
export async function judge(facts: BootFacts, rules: readonly BootRule[] = BOOT_RULES): Promise<ChecklistReport> {
  const items = await Promise.all(rules.map((rule) => itemOf(rule, facts)));
  return { environment: facts.environment, items };
}

async function itemOf(rule: BootRule, facts: BootFacts): Promise<ChecklistItem> {
  const { id, option, title, why, source } = rule;
  const severity = severityOf(rule, facts);
  const item = (status: ChecklistItem['status'], more: Partial<ChecklistItem> = {}): ChecklistItem => ({
    ...{ id, severity, status, option, title, why, source, findings: [], reason: null },
    ...more,
  });
  if (severity === 'off') return item('skipped', { reason: `not asked in ${facts.environment}` });
  if (rule.connects === true && facts.connection === undefined) return item('skipped', { reason: 'asked only when connecting' });
  const verdict = await rule.check(facts);
  if ('skipped' in verdict) return item('skipped', { reason: verdict.skipped });
  if ('unknown' in verdict) return item('unknown', { reason: verdict.unknown });
  if (verdict.length === 0) return item('passed');
  const isAcknowledged = rule.acknowledgeable !== false && facts.options.acknowledge.includes(id);
  return item(isAcknowledged ? 'acknowledged' : 'failed', { findings: verdict });
}

function severityOf({ severity, whenConnecting }: BootRule, { environment, connection }: BootFacts): RuleSeverity {
  if (connection !== undefined && whenConnecting !== undefined) return whenConnecting;
  return severity[environment === 'production' ? 'production' : 'development'];
}
