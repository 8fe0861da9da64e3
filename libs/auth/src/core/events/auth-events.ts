import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { withDeadline } from '../../common/deadline.js';
import { messageOf } from '../../common/message-of.js';
import { AuditLog } from '../ports/audit-log.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import type { AuthEvent } from './auth-event.js';
import { assertOneInstance } from './one-instance.js';
import { ON_AUTH_EVENT } from './on-auth-event.decorator.js';

type Listener = (event: AuthEvent) => unknown;

/** How long a closing application waits for listeners, in milliseconds: an orchestrator kills it after 10 s or more. */
const CLOSING_PATIENCE = 5_000;
type Recorder = (event: AuthEvent) => Promise<void>;

/** The one funnel of events: audit rows and recorders inside the unit of work, listeners after its commit. */
@Injectable()
export class AuthEvents implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('AuthEvents');
  private readonly listeners = new Map<string, Listener[]>();
  private readonly recorders = new Map<string, Recorder[]>();
  private readonly running = new Set<Promise<unknown>>();

  constructor(
    private readonly audit: AuditLog,
    private readonly units: UnitOfWork,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onApplicationBootstrap(): void {
    const heard = new Set<object>();
    for (const provider of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const instance: unknown = provider.instance;
      // A provider that is known by several tokens (`useExisting`) is found several times.
      if (typeof instance !== 'object' || instance === null || heard.has(instance)) continue;
      heard.add(instance);
      const prototype: Record<string, Listener> = Object.getPrototypeOf(instance);
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        // The decorator's mark is on the class's method; what the instance has in its place, e.g. that method bound to it, has none.
        const types = this.reflector.get<string[] | undefined>(ON_AUTH_EVENT, prototype[name]!) ?? [];
        if (types.length > 0) assertOneInstance(provider, 'a listener');
        for (const type of types) this.subscribe(type, (event) => (instance as typeof prototype)[name]!(event));
      }
    }
  }

  /** Listens without a decorator; returns a function that stops it. `'*'` hears everything. */
  subscribe(type: string, listener: Listener): () => void {
    // The same function may listen twice, so what is removed is this subscription.
    const subscription: Listener = (event) => listener(event);
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), subscription]);
    return () => {
      this.listeners.set(
        type,
        this.listeners.get(type)!.filter((one) => one !== subscription),
      );
    };
  }

  /**
   * For rooms whose rows belong to a fact, as a mail about it does: awaited inside the unit of work of every event of the type, so that what
   * `recorder` writes is committed with the fact or not at all. What it throws undoes the fact.
   */
  recordWith(type: string, recorder: Recorder): void {
    this.recorders.set(type, [...(this.recorders.get(type) ?? []), recorder]);
  }

  /** Writes the audit rows now, in the current unit of work, and tells the listeners once it has committed. */
  record(...events: AuthEvent[]): Promise<void> {
    const recordings = events.flatMap((event) => (this.recorders.get(event.type) ?? []).map((recorder) => () => recorder(event)));
    if (recordings.length === 0) return this.write(events);
    return this.units.run(async () => {
      await this.write(events);
      for (const recording of recordings) await recording();
    });
  }

  private async write(events: readonly AuthEvent[]): Promise<void> {
    const audited = events.filter((event) => (event.constructor as typeof AuthEvent).audited);
    if (audited.length > 0) {
      await this.audit.append(
        audited.map(({ type, at, userId, sessionId, ip, userAgent, requestId, data }) => ({
          event: type,
          at,
          userId,
          sessionId,
          ip,
          userAgent,
          requestId,
          data: { ...data },
        })),
      );
    }
    this.units.afterCommit(() => events.forEach((event) => this.dispatch(event)));
  }

  /** Waits for the listeners that are still running. */
  async drain(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  async onApplicationShutdown(): Promise<void> {
    await withDeadline(this.drain(), CLOSING_PATIENCE, () => new Error('late')).catch(() => {
      this.logger.warn(`${this.running.size} listeners were still running when the application was closed`);
    });
  }

  private dispatch(event: AuthEvent): void {
    for (const listener of [...(this.listeners.get(event.type) ?? []), ...(this.listeners.get('*') ?? [])]) {
      const run = (async () => listener(event))()
        .catch((error: unknown) => this.logger.error(`A listener of ${event.type} failed: ${messageOf(error)}`))
        .finally(() => this.running.delete(run));
      this.running.add(run);
    }
  }
}
