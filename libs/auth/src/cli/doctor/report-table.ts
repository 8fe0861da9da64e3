import { styleText } from 'node:util';
import type { ChecklistItem, ChecklistReport } from '../../checklist/checklist.js';
import { printable, table } from '../terminal.js';

type Colour = 'red' | 'yellow' | 'cyan' | 'green' | 'gray';
type State = 'problem' | 'warning' | 'unknown' | 'note' | 'accepted' | 'passed' | 'skipped';

const COLOURS: Readonly<Record<State, Colour>> = {
  ...{ problem: 'red', warning: 'yellow', unknown: 'yellow', note: 'cyan', accepted: 'cyan', passed: 'green', skipped: 'gray' },
};

/** What matters most stands last, where a terminal shows it. */
const ORDER: readonly State[] = ['skipped', 'passed', 'accepted', 'note', 'unknown', 'warning', 'problem'];

const NOUNS: Readonly<Record<State, readonly [string, string]>> = {
  problem: ['problem', 'problems'],
  warning: ['warning', 'warnings'],
  note: ['note', 'notes'],
  ...{ unknown: ['unknown', 'unknown'], accepted: ['accepted', 'accepted'] },
  ...{ passed: ['passed', 'passed'], skipped: ['skipped', 'skipped'] },
};

const FAILED: Readonly<Record<string, State>> = { refuse: 'problem', warn: 'warning', info: 'note', off: 'note' };

function stateOf({ status, severity }: ChecklistItem): State {
  if (status === 'failed') return FAILED[severity]!;
  return status === 'acknowledged' ? 'accepted' : status;
}

/** A line for every finding, and one for every rule without any. */
function linesOf(item: ChecklistItem): { state: State; cells: string[] }[] {
  const state = stateOf(item);
  const details = item.findings.map(({ option, problem, remedy }) => `${option}: ${problem} ${remedy}`);
  if (details.length === 0) details.push(item.reason ?? '');
  return details.map((detail) => ({ state, cells: [state, item.id, detail].map(printable) }));
}

/** Every rule with what it has said, aligned; coloured for people whose terminal shows colours. */
export function reportLines({ items }: ChecklistReport, isColoured: boolean): string[] {
  const lines = items.flatMap(linesOf).toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const [head, ...rows] = table([['STATE', 'RULE', 'WHAT'], ...lines.map(({ cells }) => cells)]);
  const coloured = rows.map((row, index) => {
    const { state } = lines[index]!;
    return isColoured ? paint(COLOURS[state], state) + row.slice(state.length) : row;
  });
  return [head!, ...coloured];
}

/** How many rules have said what, in one sentence. */
export function summaryOf({ environment, items }: ChecklistReport): string {
  const counts = ORDER.toReversed().flatMap((state) => {
    const number = items.filter((item) => stateOf(item) === state).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? NOUNS[state][0] : NOUNS[state][1]}`];
  });
  return `Judged for ${environment}: ${counts.join(', ')}.`;
}

// Whether it is wanted was decided before.
const paint = (colour: Colour, text: string): string => styleText(colour, text, { validateStream: false });
