import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { PassportStatic } from 'passport';
import { ClientReader } from '../../core/access/client-reader.js';
import type { HttpRequest } from '../../core/access/http-request.js';
import { RequestAuthenticator } from '../../core/access/request-authenticator.js';
import { jsonObjectOf, validated } from '../../core/access/request-body.js';
import { AuthConfigurationError } from '../../core/errors/auth-configuration.error.js';
import { NotAuthenticatedException, SignInVetoedException } from '../../core/errors/auth.errors.js';
import type { AuthUser } from '../../core/ports/user.repository.js';
import type { IssuedSession } from '../../core/sessions/issued-session.js';
import { SessionResponder } from '../../core/sign-in/session-responder.js';
import { SignInDto } from '../../core/sign-in/sign-in.dto.js';
import { SignInService } from '../../core/sign-in/sign-in.service.js';

export interface PassportOptions {
  prefix: string;
  /** Asked for by the host: then a missing package is an error. */
  explicit: boolean;
}

export const PASSPORT_OPTIONS = Symbol('PASSPORT_OPTIONS');

/** What Passport adds to a strategy while it runs. */
interface StrategyActions {
  success(user: object, info?: object): void;
  error(error: unknown): void;
}

/**
 * Strategies for hosts that guard routes with `AuthGuard('latchkey-jwt')` of `@nestjs/passport`, through the same verifier and the same
 * pipeline as ours. Passport's registry belongs to the process, so two live applications need two prefixes.
 */
@Injectable()
export class PassportStrategies implements OnApplicationBootstrap, OnApplicationShutdown {
  private passport: PassportStatic | null = null;

  constructor(
    @Inject(PASSPORT_OPTIONS) private readonly options: PassportOptions,
    private readonly authenticator: RequestAuthenticator,
    private readonly signIns: SignInService,
    private readonly responder: SessionResponder,
    private readonly clients: ClientReader,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const passport = await this.loadPassport();
    if (passport === null) return;
    const { prefix } = this.options;
    if (registered(passport, `${prefix}-jwt`)) {
      throw new AuthConfigurationError([
        {
          option: 'passport.prefix',
          problem: `"${prefix}" is taken by another live application in this process: Passport's registry is process-global.`,
          remedy: "Give this application a prefix of its own, e.g. passport: { prefix: 'second' }, or passport: false.",
        },
      ]);
    }
    this.passport = passport;
    passport.use(
      `${prefix}-jwt`,
      this.strategy((request) => this.bySession(request)),
    );
    passport.use(
      `${prefix}-local`,
      this.strategy((request) => this.byPassword(request)),
    );
  }

  onApplicationShutdown(): void {
    this.passport?.unuse(`${this.options.prefix}-jwt`);
    this.passport?.unuse(`${this.options.prefix}-local`);
    this.passport = null;
  }

  private async bySession(request: HttpRequest): Promise<AuthUser> {
    const authentication = await this.authenticator.authenticate(request);
    if (authentication === null) throw new NotAuthenticatedException();
    request.auth = authentication;
    return authentication.user();
  }

  /** Opens a session as `POST /signin` does; it is handed on as Passport's `info`. */
  private async byPassword(request: HttpRequest): Promise<AuthUser & { issued?: IssuedSession }> {
    const dto = await validated(SignInDto, jsonObjectOf(request));
    const delivery = this.responder.deliveryFor(request, dto);
    const result = await this.signIns.signIn({ ...dto, delivery }, this.clients.read(request));
    if (result.status === 'interrupted') throw new SignInVetoedException();
    (request as HttpRequest & { issued?: IssuedSession }).issued = result.issued;
    return result.user;
  }

  private strategy(authenticate: (request: HttpRequest) => Promise<object>): import('passport').Strategy {
    const strategy = {
      authenticate(this: StrategyActions, request: HttpRequest): void {
        authenticate(request).then(
          (user) => this.success(user, { issued: (request as { issued?: IssuedSession }).issued }),
          (error: unknown) => this.error(error),
        );
      },
    };
    return strategy as unknown as import('passport').Strategy;
  }

  private async loadPassport(): Promise<PassportStatic | null> {
    try {
      const module = (await import('passport')) as unknown as PassportStatic & { default?: PassportStatic };
      return module.default ?? module;
    } catch (error) {
      if (!this.options.explicit) return null;
      throw new AuthConfigurationError(
        [
          {
            option: 'passport',
            problem: 'is set, but passport is not installed.',
            remedy: 'npm install passport @nestjs/passport',
          },
        ],
        { cause: error },
      );
    }
  }
}

/** Passport offers no public question of this kind. */
function registered(passport: PassportStatic, name: string): boolean {
  return (passport as unknown as { _strategy(name: string): unknown })._strategy(name) !== undefined;
}
