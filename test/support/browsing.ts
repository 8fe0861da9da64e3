import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** A browser whose pages must not complain: scripts that fail, and whatever a page's own policy blocks. */
export class Browsing {
  private contexts: BrowserContext[] = [];
  private complaints: string[] = [];

  private constructor(private readonly browser: Browser) {}

  static async start(executablePath: string): Promise<Browsing> {
    // Chromium's sandbox needs privileges that containers do not give; the only pages it opens are ours.
    return new Browsing(await chromium.launch({ executablePath, args: ['--no-sandbox'] }));
  }

  /** A visitor with cookies of their own. */
  async visitor(): Promise<BrowserContext> {
    const context = await this.browser.newContext();
    context.setDefaultTimeout(10_000);
    context.on('page', (page) => this.listenTo(page));
    this.contexts.push(context);
    return context;
  }

  /** Closes all visitors' pages. @throws when one of them has complained */
  async endVisits(): Promise<void> {
    await Promise.all(this.contexts.map((context) => context.close()));
    this.contexts = [];
    const { complaints } = this;
    this.complaints = [];
    expect(complaints).toEqual([]);
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  private listenTo(page: Page): void {
    page.on('pageerror', (error) => this.complaints.push(error.message));
    // A refused request is an answer like any other here; what the page's own policy blocks is not.
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        this.complaints.push(`${page.url()}: ${message.text()}`);
      }
    });
  }
}
