import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandError, printable, type Terminal } from '../terminal.js';
import { reasonOf } from '../store/reason.js';
import type { Progress } from './progress.js';
import type { Leftover } from './user-import.js';

/** Bad lines that are shown; the rest is counted. */
const SHOWN = 100;

/** What an import has come to. */
export interface Summary {
  /** Entries of the file, its header not counted. */
  lines: number;
  /** With `--dry-run`: that would be made. */
  imported: number;
  existing: number;
  bad: number;
  dryRun: boolean;
  /** The first 100 bad ones. */
  problems: readonly { line: number; reason: string }[];
}

/** Counts, shows the first bad lines, and writes every line that was left to the report, if there is to be one. */
export class Outcome {
  private readonly problems: { line: number; reason: string }[] = [];
  private readonly counts = { lines: 0, existing: 0, bad: 0 };
  private readonly report: number | undefined;

  /** @throws CommandError when the report cannot be written */
  constructor(
    private readonly terminal: Terminal,
    private readonly progress: Progress,
    private readonly isDryRun: boolean,
    private readonly isJson: boolean,
    reportPath: string | undefined,
  ) {
    this.report = reportPath === undefined ? undefined : openReport(terminal, reportPath);
  }

  add(lines: number, leftovers: readonly Leftover[]): void {
    this.counts.lines += lines;
    for (const leftover of leftovers) {
      this.counts[leftover.outcome] += 1;
      if (leftover.outcome === 'bad') this.show(leftover);
    }
    if (this.report !== undefined) writeSync(this.report, leftovers.map((leftover) => `${JSON.stringify(leftover)}\n`).join(''));
  }

  get lines(): number {
    return this.counts.lines;
  }

  close(): void {
    this.progress.clear();
    if (this.report !== undefined) closeSync(this.report);
  }

  summary(): Summary {
    const { lines, existing, bad } = this.counts;
    return { lines, imported: lines - existing - bad, existing, bad, dryRun: this.isDryRun, problems: this.problems };
  }

  private show({ line, reason }: Leftover): void {
    if (this.problems.length === SHOWN) return;
    this.problems.push({ line, reason });
    if (this.isJson) return;
    this.progress.clear();
    this.terminal.err(`Line ${line} ${printable(reason)}.`);
    if (this.problems.length === SHOWN)
      this.terminal.err('Further lines that cannot be imported are only counted; --report <file> has them all.');
  }
}

function openReport({ cwd }: Terminal, path: string): number {
  try {
    return openSync(resolve(cwd, path), 'w', 0o600);
  } catch (cause) {
    throw new CommandError(`The report cannot be written: ${reasonOf(cause)}`, { cause });
  }
}
