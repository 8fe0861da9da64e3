import { Injectable, type OnApplicationBootstrap, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { PasswordContext, PasswordFault } from '../ports/password-policy.js';
import type { SessionDelivery } from '../ports/session.repository.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { SignInMethod } from './auth.events.js';
import type { ClientInfo } from './client-info.js';

export interface PolicyOrder {
  /** Lower runs first. @default 0 */
  order?: number;
}

export interface SignInAttempt<Transaction = unknown> {
  user: AuthUser;
  method: SignInMethod;
  amr: readonly string[];
  delivery: SessionDelivery;
  client: ClientInfo;
  /** The adapter's handle of the unit of work (TypeORM: its `EntityManager`). */
  transaction: Transaction;
}

/** Ends a sign-in without a session and without an error, e.g. because a second factor is due. */
export interface SignInInterruption {
  /** The body of the 200. */
  answer: Record<string, unknown>;
}

/**
 * Takes part in every way in, refresh included: asked after the user has proved who they are and before anything is issued, inside the
 * transaction. Throw to refuse (an `HttpException` is the answer; anything else becomes 403 `auth.sign_in_vetoed`).
 */
export interface SignInPolicy<Transaction = unknown> {
  beforeSession(attempt: SignInAttempt<Transaction>): Promise<void | SignInInterruption> | void | SignInInterruption;
}

export interface SignUpRequest<Transaction = unknown> {
  /** Folded. */
  email: string;
  /** Properties of the user entity; may be added to. */
  profile: Record<string, unknown>;
  method: SignInMethod;
  client: ClientInfo;
  transaction: Transaction;
}

/** Takes part in every sign-up, inside its transaction. */
export interface SignUpPolicy<Transaction = unknown> {
  /** Before the account is inserted; throw an `HttpException` to refuse, add to `profile` to fill columns. */
  beforeSignUp?(request: SignUpRequest<Transaction>): Promise<void> | void;
  /** The account is inserted and not yet committed. */
  afterSignUp?(request: SignUpRequest<Transaction> & { user: AuthUser }): Promise<void> | void;
}

/** One more rule about passwords, beside the `PasswordPolicy` port. */
export interface PasswordRule {
  check(password: string, context: PasswordContext): Promise<PasswordFault[]> | PasswordFault[];
}

/** Marks a provider as a {@link SignInPolicy}. */
export const UseSignInPolicy = DiscoveryService.createDecorator<PolicyOrder | undefined>();
/** Marks a provider as a {@link SignUpPolicy}. */
export const UseSignUpPolicy = DiscoveryService.createDecorator<PolicyOrder | undefined>();
/** Marks a provider as a {@link PasswordRule}. */
export const UsePasswordPolicy = DiscoveryService.createDecorator<PolicyOrder | undefined>();

/** The policies of the application, in their order. */
@Injectable()
export class Policies implements OnApplicationBootstrap {
  signIn: readonly SignInPolicy[] = [];
  signUp: readonly SignUpPolicy[] = [];
  password: readonly PasswordRule[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  onApplicationBootstrap(): void {
    this.signIn = this.ordered<SignInPolicy>(UseSignInPolicy);
    this.signUp = this.ordered<SignUpPolicy>(UseSignUpPolicy);
    this.password = this.ordered<PasswordRule>(UsePasswordPolicy);
  }

  private ordered<T>(decorator: typeof UseSignInPolicy): readonly T[] {
    return this.discovery
      .getProviders({ metadataKey: decorator.KEY })
      .filter((wrapper) => wrapper.instance !== undefined && wrapper.instance !== null)
      .map((wrapper) => ({ instance: wrapper.instance as T, order: this.orderOf(decorator, wrapper.metatype as Type) }))
      .sort((a, b) => a.order - b.order)
      .map(({ instance }) => instance);
  }

  private orderOf(decorator: typeof UseSignInPolicy, metatype: Type): number {
    return (Reflect.getMetadata(decorator.KEY, metatype) as PolicyOrder | undefined)?.order ?? 0;
  }
}
