import { dropClient, type RedisClient } from './redis-client.js';
import { ReadySignal, type RedisConnection, type RedisConnectionEvents } from './redis-connection.js';

/** Between attempts: doubled from the first to the last, each time shortened by up to half at random, so that processes spread out. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;

/** A server that accepts the connection and then says nothing (frozen) is given up after this long. */
const HANDSHAKE_MS = 2_000;

/**
 * One connection of our own, replaced by a new one when it is lost or no longer answers.
 *
 * node-redis can reconnect by itself, but then a timer of its own outlives a close, and a peer that vanished without a word is noticed only
 * by TCP, after minutes. So clients are made with `reconnectStrategy: false`, and each serves for one connection.
 */
export class SupervisedConnection implements RedisConnection {
  private current: { client: RedisClient; ready: boolean } | undefined;
  private readonly signal = new ReadySignal();
  private readonly connecting = new Set<Promise<void>>();
  /** Clients whose socket has connected at least once. */
  private readonly socketed = new WeakSet<RedisClient>();
  private retryIn = FIRST_RETRY_MS;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param create makes a client that does not reconnect and does not queue commands while offline */
  constructor(
    private readonly create: () => RedisClient,
    private readonly events: RedisConnectionEvents,
  ) {}

  get client(): RedisClient | undefined {
    return this.current?.ready ? this.current.client : undefined;
  }

  open(): void {
    if (this.closed || this.current !== undefined) return;
    const attempt = { client: this.create(), ready: false };
    this.current = attempt;
    this.startTimer(HANDSHAKE_MS, () => this.lose(attempt.client, new Error('no answer to the handshake')));
    const connected = this.connect(attempt.client).then(
      () => {
        if (this.current !== attempt) return;
        clearTimeout(this.timer);
        attempt.ready = true;
        this.retryIn = FIRST_RETRY_MS;
        this.signal.raise();
        this.events.ready?.();
      },
      (cause: unknown) => this.lose(attempt.client, cause),
    );
    this.connecting.add(connected);
    void connected.finally(() => this.connecting.delete(connected));
  }

  whenReady(ms: number): Promise<boolean> {
    return this.signal.wait(ms, () => this.client !== undefined);
  }

  replace(): void {
    if (this.current !== undefined) this.lose(this.current.client, new Error('no answer'));
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    if (this.current !== undefined) this.drop(this.current.client);
    this.current = undefined;
    await Promise.all(this.connecting);
  }

  private async connect(client: RedisClient): Promise<void> {
    // Stays attached for good: an 'error' that nobody listens to ends the process.
    client.on('error', (cause: unknown) => {
      if (!client.isReady) this.lose(client, cause);
    });
    client.on('connect', () => {
      this.socketed.add(client);
      // A turn later, because at this moment the client is about to write its first commands.
      setImmediate(() => this.current?.client !== client && dropClient(client));
    });
    await client.connect();
    if (this.current?.client !== client) return;
    await this.events.opened?.(client);
  }

  private lose(client: RedisClient, cause: unknown): void {
    if (this.current?.client !== client) return;
    this.current = undefined;
    this.drop(client);
    this.startTimer(this.retryIn * (0.5 + Math.random() / 2), () => this.open());
    this.retryIn = Math.min(this.retryIn * 2, LAST_RETRY_MS);
    this.events.lost?.(cause);
  }

  /** node-redis would forget a socket that is still connecting, not close it: such a client is dropped when it has connected. */
  private drop(client: RedisClient): void {
    if (this.socketed.has(client)) dropClient(client);
  }

  private startTimer(ms: number, action: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(action, ms).unref();
  }
}
