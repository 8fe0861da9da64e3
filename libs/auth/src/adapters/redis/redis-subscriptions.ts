import { withDeadline } from '../../common/deadline.js';
import type { RedisClient } from './redis-client.js';
import type { RedisConnection, RedisConnectionEvents } from './redis-connection.js';

type Listener = (message: string) => void;

interface Channel {
  listeners: Set<Listener>;
  /** One per channel, whatever the number of listeners. */
  dispatch: (message: unknown) => void;
}

/** The channels that this process listens to, on a connection of their own, subscribed anew whenever that is replaced. */
export class RedisSubscriptions {
  private readonly channels = new Map<string, Channel>();
  private readonly connection: RedisConnection;
  private client: RedisClient | undefined;

  constructor(
    connect: (events: RedisConnectionEvents) => RedisConnection,
    private readonly deadline: number,
  ) {
    this.connection = connect({
      opened: (client) => this.resubscribe(client),
      lost: () => {
        this.client = undefined;
      },
    });
  }

  /** Waits for the subscription to begin, but not longer than the deadline: it begins later when there is no Redis now. */
  async add(name: string, listener: Listener): Promise<() => Promise<void>> {
    // A function of its own per subscription: the same listener may subscribe twice and end one of them.
    const own: Listener = (message) => listener(message);
    const known = this.channels.get(name);
    const channel = known ?? this.newChannel();
    channel.listeners.add(own);
    this.channels.set(name, channel);
    this.connection.open();
    if (known === undefined && this.client !== undefined) await this.begin(this.client, name, channel);
    await this.connection.whenReady(this.deadline);
    return () => this.remove(name, channel, own);
  }

  /** Whatever there was may be dead without having said so. */
  renew(): void {
    this.connection.replace();
  }

  async close(): Promise<void> {
    this.channels.clear();
    await this.connection.close();
  }

  private newChannel(): Channel {
    const listeners = new Set<Listener>();
    return { listeners, dispatch: (message) => listeners.forEach((listener) => listener(String(message))) };
  }

  private async resubscribe(client: RedisClient): Promise<void> {
    // From here on, channels that are added subscribe themselves.
    this.client = client;
    for (const [name, { dispatch }] of this.channels) await client.subscribe(name, dispatch);
  }

  private async begin(client: RedisClient, name: string, { dispatch }: Channel): Promise<void> {
    await withDeadline(client.subscribe(name, dispatch), this.deadline, () => new Error('no answer')).catch(() =>
      this.connection.replace(),
    );
  }

  private async remove(name: string, channel: Channel, listener: Listener): Promise<void> {
    channel.listeners.delete(listener);
    if (channel.listeners.size > 0 || this.channels.get(name) !== channel) return;
    this.channels.delete(name);
    const client = this.connection.client;
    if (client === undefined) return;
    // On a connection that does not answer, the channel ends with the connection.
    await withDeadline(client.unsubscribe(name, channel.dispatch), this.deadline, () => new Error('no answer')).catch(
      () => undefined,
    );
  }
}
