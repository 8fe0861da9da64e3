import { type ExecutionContext, Inject, Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService, HttpAdapterHost, MetadataScanner, Reflector } from '@nestjs/core';
import { ThrottlerGuard } from '@nestjs/throttler';
import { parseDuration } from '../../common/duration.js';
import { sourceOf } from '../../common/ip-address.js';
import { AUTH_THROTTLE, type ThrottleName, type ThrottleRate } from '../../core/access/auth-throttle.decorator.js';
import { ClientReader } from '../../core/access/client-reader.js';
import { type HttpRequest, httpRequestOf } from '../../core/access/http-request.js';
import { PRIVATE_ANSWER, writeHeaders } from '../../core/access/http-response.js';
import type { RequestThrottle } from '../../core/access/request-throttle.js';
import { keyedHash } from '../../core/crypto/keyed-hash.js';
import { KeyRing } from '../../core/crypto/key-ring.js';
import { AuthConfigurationError, type ConfigurationProblem } from '../../core/errors/auth-configuration.error.js';
import { NotAuthenticatedException, TooManyAttemptsException } from '../../core/errors/auth.errors.js';
import { ThrottleLimitedEvent } from '../../core/events/auth.events.js';
import { AuthEvents } from '../../core/events/auth-events.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions, type ResolvedRate } from '../../core/options/auth.options.js';
import { Clock } from '../../core/ports/clock.js';
import { CounterThrottlerStorage } from './counter-throttler.storage.js';

type Rate = ThrottleName | ThrottleRate;
type RefusedRequest = Parameters<ThrottlerGuard['throwThrottlingException']>[1];

/** What the base class wants to have configured; every rate is given to it by us. */
const THROTTLER = { name: 'latchkey', limit: 1, ttl: 1, setHeaders: false };

/** Request rates per source and handler, counted by `@nestjs/throttler`. */
@Injectable()
export class ThrottlerRequestThrottle extends ThrottlerGuard implements RequestThrottle, OnModuleInit {
  /** A rate on the class and one on the handler bring two guards: a request counts once. */
  private readonly seen = new WeakSet<object>();

  constructor(
    @Inject(AUTH_OPTIONS) private readonly settings: ResolvedAuthOptions,
    // Else the base class's own token for it is asked for.
    @Inject(CounterThrottlerStorage) storage: CounterThrottlerStorage,
    reflector: Reflector,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly clients: ClientReader,
    private readonly ring: KeyRing,
    private readonly events: AuthEvents,
    private readonly clock: Clock,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    super([THROTTLER], storage, reflector);
  }

  /** @throws AuthConfigurationError when a decorator names a rate that is none */
  override async onModuleInit(): Promise<void> {
    await super.onModuleInit();
    const problems = this.discovery.getControllers().flatMap(({ metatype }) => {
      const controller = metatype as Type;
      const prototype = controller.prototype as Record<string, object>;
      const names = this.scanner.getAllMethodNames(prototype);
      return [
        ...problemsOf(controller, controller.name),
        ...names.flatMap((name) => problemsOf(prototype[name]!, `${controller.name}.${name}`)),
      ];
    });
    if (problems.length > 0) throw new AuthConfigurationError(problems);
  }

  /** @throws TooManyAttemptsException with its headers already set on the answer */
  async admit(context: ExecutionContext): Promise<boolean> {
    if (this.settings.throttle === false) return true;
    const request = httpRequestOf(context);
    if (request === null) throw new NotAuthenticatedException();
    if (this.seen.has(request)) return true;
    this.seen.add(request);
    const { ip } = this.clients.read(request);
    if (ip === null) return true;
    const chosen = this.chosenFor(context);
    const { limit, window } = this.resolved(chosen);
    return this.handleRequest({
      context,
      limit,
      ttl: window,
      blockDuration: window,
      throttler: THROTTLER,
      getTracker: async () => sourceOf(ip),
      generateKey: (_, tracker) => keyedHash(this.ring.current('throttle').key, this.countOf(context, chosen), tracker),
    });
  }

  protected override async throwThrottlingException(context: ExecutionContext, refused: RefusedRequest): Promise<void> {
    const retryAfterMs = refused.timeToBlockExpire * 1000;
    const chosen = this.chosenFor(context);
    const client = this.clients.read(context.switchToHttp().getRequest<HttpRequest>());
    const limit = typeof chosen === 'string' ? chosen : 'route';
    await this.events.record(new ThrottleLimitedEvent(this.clock.now(), { client }, { limit, retryAfterMs }));
    const refusal = new TooManyAttemptsException(retryAfterMs, { limit: refused.limit, remaining: 0, resetMs: retryAfterMs });
    const headers = { ...PRIVATE_ANSWER, ...refusal.headers };
    writeHeaders(this.adapterHost.httpAdapter, context.switchToHttp().getResponse(), headers);
    throw refusal;
  }

  private chosenFor(context: ExecutionContext): Rate {
    return this.reflector.getAllAndOverride<Rate>(AUTH_THROTTLE, [context.getHandler(), context.getClass()]);
  }

  private resolved(rate: Rate): ResolvedRate {
    if (typeof rate !== 'string') return { limit: rate.limit, window: parseDuration(rate.window)! };
    return (this.settings.throttle as Exclude<ResolvedAuthOptions['throttle'], false>)[rate];
  }

  /** Whose count it is: a named rate has one for all its handlers, a route one of its own; so have those that take different tokens. */
  private countOf(context: ExecutionContext, rate: Rate): string {
    return typeof rate === 'string' && rate !== 'token' ? rate : `${context.getClass().name}.${context.getHandler().name}`;
  }
}

function problemsOf(target: object, option: string): ConfigurationProblem[] {
  const rate = Reflect.getMetadata(AUTH_THROTTLE, target) as Rate | undefined;
  if (rate === undefined) return [];
  const isRate =
    typeof rate === 'string'
      ? ['signIn', 'signUp', 'mail', 'token'].includes(rate)
      : Number.isInteger(rate?.limit) && rate.limit > 0 && parseDuration(rate.window) !== undefined;
  if (isRate) return [];
  return [
    {
      option,
      problem: `@AuthThrottle: ${JSON.stringify(rate)} is not a rate.`,
      remedy: "Use { limit: 5, window: '1m' }, or 'signIn', 'signUp', 'mail' or 'token'.",
    },
  ];
}
