import { setTimeout as pause } from 'node:timers/promises';
import type { BootFacts } from '../../checklist/boot-facts.js';
import { judgeOptions } from '../../checklist/checked-options.js';
import { Checklist, type ChecklistItem, type ChecklistReport, judge } from '../../checklist/checklist.js';
import { optionFacts } from '../../checklist/option-facts.js';
import type { ConfigurationProblem } from '../../core/errors/auth-configuration.error.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { type Boot, boot, BootTimeout, type Complaint } from '../store/boot.js';
import { hostModule } from '../store/host-module.js';
import { configurationProblems, reasonOf } from '../store/reason.js';
import type { Terminal } from '../terminal.js';
import { optionsIn } from './options-file.js';
import { sendTestMail } from './test-mail.js';

/** Milliseconds until an application that is still trying is given up, so that the answer is there within ten seconds. */
const START_DEADLINE = 6_000;
/** Milliseconds for what does not need what has failed. */
const AFTERMATH = 500;

export interface Examination {
  connect?: boolean;
  /** Where to send a mail. */
  mail?: string;
}

/** Options by themselves, as they would be judged in production: nothing is started. */
export async function examineOptions(terminal: Terminal, path: string): Promise<ChecklistReport> {
  return judgeOptions(await optionsIn(terminal, path), 'production');
}

/**
 * The application, started without serving requests, whatever its rules refuse. One that does not come up is judged by as much of it as there
 * is; why it does not is an item like the others.
 *
 * @throws CommandError when there is no application to judge
 */
export async function examineApplication(terminal: Terminal, path: string, examination: Examination): Promise<ChecklistReport> {
  let module: unknown;
  try {
    module = await hostModule(terminal, path);
  } catch (error) {
    const { cause, message } = error as Error;
    // There is nothing at that path; else it is there, and its code has thrown while it was loaded.
    if (cause === undefined) throw error;
    if (configurationProblems(cause).length > 0) return refusedReport(cause);
    return { environment: 'production', items: [notStarted(message, 'Mend this, then ask again.')] };
  }
  const application = await boot(module, { deadlineMs: START_DEADLINE, giveUpOn: isOfDatabase, mode: 'report' });
  try {
    return await report(application, examination);
  } finally {
    await application.close();
  }
}

async function report(application: Boot, { connect, mail }: Examination): Promise<ChecklistReport> {
  const { failure } = application;
  const checklist = application.find(Checklist);
  if (checklist === undefined) return failure === undefined ? withoutModule() : afterFailure(application, failure);
  const judged = await checklist.run({ connect: connect === true });
  const more = [
    ...(failure === undefined ? [] : [notStarted(reasonOf(failure))]),
    ...(mail === undefined ? [] : [await sendTestMail(application, mail)]),
  ];
  return { ...judged, items: [...judged.items, ...more] };
}

/** Before there was a checklist: options that cannot be understood, or a part of the application that does not come up. */
async function afterFailure(application: Boot, failure: Error): Promise<ChecklistReport> {
  if (configurationProblems(failure).length > 0) return refusedReport(failure);
  const options = await optionsOf(application);
  const database = databaseFault(application, failure);
  const start = database === undefined ? [notStarted(reasonOf(failure))] : [];
  if (options === undefined) return { environment: 'production', items: [notStarted(database ?? reasonOf(failure))] };
  const facts: BootFacts = {
    ...optionFacts(options),
    ...(database !== undefined && { storage: { unreadable: database } }),
  };
  const judged = await judge(facts);
  return { ...judged, items: [...judged.items, ...start] };
}

/** They do not wait for the database, but may be made a moment after it has failed. */
async function optionsOf(application: Boot): Promise<ResolvedAuthOptions | undefined> {
  const until = performance.now() + AFTERMATH;
  while (performance.now() < until) {
    const options = application.find<ResolvedAuthOptions>(AUTH_OPTIONS);
    if (options !== undefined) return options;
    await pause(10);
  }
  return undefined;
}

/** It has been tried once; whoever asks for a diagnosis does not wait for it to be tried again. */
const isOfDatabase = ({ context }: Complaint): boolean => context === 'TypeOrmModule';

/** Why the database could not be reached, without a full stop; `undefined` when it is something else. */
function databaseFault(application: Boot, failure: Error): string | undefined {
  const complaint = application.complaints.find(isOfDatabase);
  if (complaint !== undefined)
    return (complaint.error ?? reasonOf(failure)).replace(/^\w*Error(?: \[\w+\])?:? */, '').replace(/\.$/, '');
  return failure instanceof BootTimeout && application.isWaitingFor(/DataSource$/)
    ? `no answer within ${START_DEADLINE / 1000} s`
    : undefined;
}

/** A refused start knows every rule; a plain list of problems is what there is. */
function refusedReport(error: unknown): ChecklistReport {
  const { report: known } = error as { report?: ChecklistReport };
  return known ?? { environment: 'production', items: configurationProblems(error).map(itemOf) };
}

const itemOf = (finding: ConfigurationProblem): ChecklistItem => ({
  ...{
    id: finding.rule ?? 'options.refused',
    severity: 'refuse',
    status: 'failed',
    option: finding.option,
    title: finding.problem,
  },
  ...{ why: '', source: '', findings: [finding], reason: null },
});

const withoutModule = (): ChecklistReport => ({
  environment: 'production',
  items: [notStarted('it has no AuthModule.', 'Import AuthModule in it.')],
});

function notStarted(reason: string, remedy = 'Mend this; the other rules may tell why.'): ChecklistItem {
  const problem = `The application does not start: ${reason}`;
  return {
    ...{ id: 'application.not-started', severity: 'refuse', status: 'failed', option: 'application', title: problem },
    ...{ why: 'Nobody could sign in.', source: '', findings: [{ option: 'application', problem, remedy }], reason: null },
  };
}
