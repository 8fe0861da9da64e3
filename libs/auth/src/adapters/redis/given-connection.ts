import { dropClient, type RedisClient } from './redis-client.js';
import { ReadySignal, type RedisConnection, type RedisConnectionEvents } from './redis-connection.js';

const RETRY_MS = 1_000;

/**
 * A client or cluster that the host made. It reconnects as the host configured it; one that is not open yet is opened, and then closed with
 * the application.
 */
export class GivenConnection implements RedisConnection {
  private readonly signal = new ReadySignal();
  private established = false;
  private opening = false;
  private opened = false;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;
  /** An 'error' that nobody listens to ends the process. */
  private readonly onError = (cause: unknown): void => this.events.lost?.(cause);

  constructor(
    private readonly given: RedisClient,
    private readonly events: RedisConnectionEvents,
  ) {}

  get client(): RedisClient | undefined {
    return this.established && (this.given.isReady ?? this.given.isOpen) ? this.given : undefined;
  }

  open(): void {
    if (this.opening || this.closed) return;
    this.opening = true;
    this.given.on('error', this.onError);
    void this.establish();
  }

  whenReady(ms: number): Promise<boolean> {
    return this.signal.wait(ms, () => this.client !== undefined);
  }

  replace(): void {
    // The host's connection is the host's to replace.
  }

  async close(): Promise<void> {
    this.closed = true;
    this.established = false;
    clearTimeout(this.timer);
    if (this.opened) dropClient(this.given);
    else this.given.off('error', this.onError);
  }

  private async establish(): Promise<void> {
    try {
      if (!this.given.isOpen) {
        this.opened = true;
        await this.given.connect();
      }
      await this.events.opened?.(this.given);
    } catch (cause) {
      if (this.closed) return;
      this.events.lost?.(cause);
      this.timer = setTimeout(() => void this.establish(), RETRY_MS).unref();
      return;
    }
    if (this.closed) return;
    this.established = true;
    this.signal.raise();
    this.events.ready?.();
  }
}
