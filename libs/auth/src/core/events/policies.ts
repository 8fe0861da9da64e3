import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { PasswordContext, PasswordFault } from '../ports/password-policy.js';
import type { SessionDelivery } from '../ports/session.repository.js';
import type { AuthUser } from '../ports/user.repository.js';
import type { SignInMethod } from './auth.events.js';
import type { ClientInfo } from './client-info.js';
import { assertOneInstance } from './one-instance.js';

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
  /**
   * The address is proved. Where addresses are proved before accounts are made, `beforeSignUp` is asked twice: with `false` when the sign-up
   * is taken in, and with `true` when the account is made.
   */
  emailConfirmed: boolean;
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
export interface SignUpPolicyMark extends PolicyOrder {
  /** Properties of the user entity that the policy always adds to `profile`: the boot then knows that their columns are filled. */
  fills?: readonly string[];
}

/** Marks a provider as a {@link SignUpPolicy}. */
export const UseSignUpPolicy = DiscoveryService.createDecorator<SignUpPolicyMark | undefined>();
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

  /** Properties of the user entity that sign-up policies declare to fill. */
  get filledProperties(): string[] {
    return this.marked<unknown, SignUpPolicyMark>(UseSignUpPolicy).flatMap(({ mark }) => [...(mark.fills ?? [])]);
  }

  private ordered<T>(decorator: { KEY: string }): readonly T[] {
    return this.marked<T, PolicyOrder>(decorator)
      .sort((a, b) => (a.mark.order ?? 0) - (b.mark.order ?? 0))
      .map(({ instance }) => instance);
  }

  private marked<T, Mark>({ KEY: metadataKey }: { KEY: string }): { instance: T; mark: Mark }[] {
    const providers = this.discovery.getProviders({ metadataKey });
    for (const provider of providers) assertOneInstance(provider, 'a policy');
    return providers
      .filter(({ instance }) => instance !== undefined && instance !== null)
      .map(({ instance }) => ({
        instance: instance as T,
        // The class of the instance, since a value or a factory's product has no class of its own in the module.
        mark: (Reflect.getMetadata(metadataKey, (instance as object).constructor) ?? {}) as Mark,
      }));
  }
}
