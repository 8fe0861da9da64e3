import { AuthConfigurationError } from '../core/errors/auth-configuration.error.js';
import { inDocumentedOrder } from '../core/options/resolve-auth-options.js';
import { type ChecklistReport, refusals } from './checklist-report.js';

/** What is not an option of ours, or not of its type, belongs to no rule that anybody could look up. */
const NAMELESS = 'options.malformed';

/** Boot rules have refused the start. */
export class RefusedStartError extends AuthConfigurationError {
  /** Every rule, those that have passed, too; of an application that has not got far some are skipped. */
  declare readonly report: ChecklistReport;

  constructor(report: ChecklistReport) {
    const problems = refusals(report).flatMap(({ id, findings }) =>
      findings.map((finding) => (id === NAMELESS ? finding : { ...finding, rule: id })),
    );
    super(inDocumentedOrder(problems));
    Object.defineProperty(this, 'report', { value: report, enumerable: false });
  }
}
