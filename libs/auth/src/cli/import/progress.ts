import type { Terminal } from '../terminal.js';

const WIDTH = 30;
/** Milliseconds between two looks of whoever watches. */
const EVERY = 200;

/** A bar on the terminal of whoever watches, and nothing anywhere else. */
export class Progress {
  private readonly begun = performance.now();
  private shownAt = 0;

  /** @param size bytes of the file; `undefined` when they are not known */
  constructor(
    private readonly terminal: Terminal,
    private readonly size: number | undefined,
  ) {}

  show(bytes: number, lines: number): void {
    const now = performance.now();
    if (this.terminal.progress === undefined || now - this.shownAt < EVERY) return;
    this.shownAt = now;
    const perSecond = Math.round(lines / Math.max(0.001, (now - this.begun) / 1000));
    this.terminal.progress(`${this.bar(bytes)}${lines} lines, ${perSecond} a second`);
  }

  /** Takes the bar away, so that something else can be printed. */
  clear(): void {
    if (this.shownAt > 0) this.terminal.progress?.('');
    this.shownAt = 0;
  }

  private bar(bytes: number): string {
    if (this.size === undefined || this.size === 0) return '';
    const share = Math.min(1, bytes / this.size);
    const done = Math.round(share * WIDTH);
    return `[${'='.repeat(done)}${' '.repeat(WIDTH - done)}] ${String(Math.floor(share * 100)).padStart(3)} %  `;
  }
}
