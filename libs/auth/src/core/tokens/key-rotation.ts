import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { parseDuration } from '../../common/duration.js';
import { KeyRing } from '../crypto/key-ring.js';
import { AuthConfigurationError, type ConfigurationProblem } from '../errors/auth-configuration.error.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { secretWeakness } from '../options/secret-strength.js';
import { Clock } from '../ports/clock.js';
import { KeyProvider, type KeySchedule, SecretProvider, type SigningKeyPair } from '../ports/key-provider.js';
import { AccessTokenKeys, JWKS_MAX_AGE } from './access-token-keys.js';
import { KeyQueue } from './key-queue.js';
import { thumbprint } from './jwk.js';

/** Milliseconds after which an answer is not waited for any more: the provider is asked again, and a late answer is ignored. */
const PATIENCE = 10_000;

/** Node.js takes a longer one for a millisecond. */
const MAX_INTERVAL = 2 ** 31 - 1;

/** Names of the keys in force, the one that signs first: equal in two processes exactly when the keys are. They may be shown. */
export interface KeyFingerprints {
  secrets: readonly string[];
  /** RFC 7638 thumbprints, which are the `kid` of tokens; empty with HS256, whose keys follow from the secrets. */
  keyPairs: readonly string[];
}

/**
 * Other keys for a running process. What providers say is asked for again on their schedule; a new first key verifies at once and signs after
 * its lead time, a key that is gone is refused at once. A provider that fails, or gives keys that are not fit, changes nothing.
 */
@Injectable()
export class KeyRotation implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Keys');
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly secretQueue: KeyQueue;
  private readonly pairQueue: KeyQueue;
  private isStopped = false;
  /** Of each kind the newest question or replacement: an answer that was overtaken would bring removed keys back. */
  private readonly newest = { secrets: 0, pairs: 0 };

  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly ring: KeyRing,
    private readonly keys: AccessTokenKeys,
    @Inject(KeyProvider) private readonly pairs: KeyProvider | null,
    @Inject(SecretProvider) private readonly secrets: SecretProvider | null,
    private readonly clock: Clock,
  ) {
    this.secretQueue = new KeyQueue(this.fingerprints.secrets, leadTimeOf(secrets, 0));
    this.pairQueue = new KeyQueue(this.fingerprints.keyPairs, leadTimeOf(pairs, JWKS_MAX_AGE));
  }

  get fingerprints(): KeyFingerprints {
    return { secrets: this.ring.fingerprints, keyPairs: this.isAsymmetric ? this.keys.all.map(({ kid }) => kid) : [] };
  }

  onApplicationBootstrap(): void {
    this.logger.log(`In use: ${this.description()}`);
    this.schedule(this.secrets, () => this.reloadSecrets());
    if (this.isAsymmetric) this.schedule(this.pairs, () => this.reloadKeyPairs());
  }

  beforeApplicationShutdown(): void {
    this.isStopped = true;
    for (const timer of this.timers) clearInterval(timer);
  }

  /**
   * Asks the providers now instead of at their next time.
   *
   * @throws what a provider throws, and AuthConfigurationError for keys that are not fit; they then change nothing
   */
  async reload(): Promise<void> {
    if (this.secrets !== null) await this.reloadSecrets();
    if (this.pairs !== null && this.isAsymmetric) await this.reloadKeyPairs();
  }

  /**
   * Puts these secrets in force now, without a lead time: the first signs, all verify. To rotate without a refused request hand a new one to
   * every process behind the old one first. With a `SecretProvider` the next answer of it holds again.
   *
   * @throws AuthConfigurationError when one of them would be refused at boot; nothing changes then
   */
  replaceSecrets(secrets: string | readonly string[]): void {
    const list = typeof secrets === 'string' ? [secrets] : secrets;
    assertStrong(list);
    this.newest.secrets++;
    this.ring.replace(list);
    this.secretQueue.accept(this.ring.fingerprints);
    this.tell();
  }

  /** As {@link replaceSecrets}, for the key pairs of an asymmetric `tokens.algorithm`. @throws AuthConfigurationError */
  replaceKeyPairs(pairs: readonly SigningKeyPair[]): void {
    this.keys.replace(pairs, this.options.tokens.algorithm);
    this.newest.pairs++;
    this.pairQueue.accept(this.fingerprints.keyPairs);
    this.tell();
  }

  private get isAsymmetric(): boolean {
    return this.options.tokens.algorithm !== 'HS256';
  }

  private async reloadSecrets(): Promise<void> {
    const question = ++this.newest.secrets;
    const given = await this.secrets!.secrets();
    if (this.isStopped || question !== this.newest.secrets) return;
    assertStrong(given);
    const byId = new Map(new KeyRing(given).fingerprints.map((id, at) => [id, given[at]!]));
    const order = this.secretQueue.next([...byId.keys()], this.clock.now());
    if (order === null) return;
    this.ring.replace(order.map((id) => byId.get(id)!));
    this.tell();
  }

  private async reloadKeyPairs(): Promise<void> {
    const question = ++this.newest.pairs;
    const given = await this.pairs!.keyPairs();
    if (this.isStopped || question !== this.newest.pairs) return;
    // As at boot; in the order that the provider means.
    AccessTokenKeys.fromPairs(given, this.options.tokens.algorithm);
    const byId = new Map(given.map((pair) => [thumbprint(pair.publicKey), pair]));
    const order = this.pairQueue.next([...byId.keys()], this.clock.now());
    if (order === null) return;
    this.keys.replace(
      order.map((id) => this.withPrivateHalf(id, byId.get(id)!)),
      this.options.tokens.algorithm,
    );
    this.tell();
  }

  /** Whoever hands over the next pair may give the old one without its private half, which goes on signing for its lead time. */
  private withPrivateHalf(id: string, pair: SigningKeyPair): SigningKeyPair {
    const { kid, signing } = this.keys.signing;
    return kid === id && pair.privateKey === undefined && signing !== undefined ? { ...pair, privateKey: signing } : pair;
  }

  private schedule(provider: KeySchedule | null, reload: () => Promise<void>): void {
    if (provider?.refresh === undefined) return;
    let asked: { at: number } | null = null;
    const timer = setInterval(
      () => {
        const now = performance.now();
        if (asked !== null && now - asked.at < PATIENCE) return;
        if (asked !== null) this.logger.warn(`The keys stay as they are: there was no answer within ${PATIENCE / 1000} s`);
        const question = (asked = { at: now });
        void reload()
          .catch((error: unknown) => this.logger.warn(`The keys stay as they are: ${reasonOf(error)}`))
          .finally(() => {
            if (asked === question) asked = null;
          });
      },
      Math.min(millisecondsOf('refresh', provider.refresh), MAX_INTERVAL),
    );
    this.timers.push(timer.unref());
  }

  private tell(): void {
    this.logger.log(`Changed: ${this.description()}`);
  }

  private description(): string {
    const { secrets, keyPairs } = this.fingerprints;
    const tokens = this.isAsymmetric ? `${this.options.tokens.algorithm}, key pairs ${inOrder(keyPairs)}` : 'HS256 by the secret';
    return `secret ${inOrder(secrets)}; access tokens ${tokens}`;
  }
}

const inOrder = ([first, ...others]: readonly string[]): string =>
  [`${first} (signs)`, ...others.map((one) => `${one} (verifies)`)].join(', ');

/** Others may speak of their secrets in their errors; ours do not. */
const reasonOf = (error: unknown): string =>
  error instanceof AuthConfigurationError ? error.message : error instanceof Error ? error.name : 'unknown';

/** Twice the interval: by then every process that asks as often has asked once. */
function leadTimeOf(provider: KeySchedule | null, others: number): number {
  if (provider === null) return 0;
  if (provider.leadTime !== undefined) return millisecondsOf('leadTime', provider.leadTime);
  return others + (provider.refresh === undefined ? 0 : 2 * millisecondsOf('refresh', provider.refresh));
}

function millisecondsOf(name: string, value: unknown): number {
  const ms = parseDuration(value);
  if (ms !== undefined) return ms;
  const problem = `${JSON.stringify(value)} is not a duration.`;
  throw new AuthConfigurationError([{ option: `keys.${name}`, problem, remedy: "Use '1m', '5m' or a number of seconds." }]);
}

/** @throws AuthConfigurationError */
function assertStrong(secrets: readonly string[]): void {
  const remedy = 'Generate one: npx nestjs-latchkey generate-secret';
  const problems: ConfigurationProblem[] = secrets.flatMap((secret, at) => {
    const option = `secret[${at}]`;
    if (typeof secret !== 'string') return [{ option, problem: 'is not text.', remedy }];
    const weakness = secretWeakness(secret);
    if (weakness !== undefined) return [{ option, problem: weakness.problem, remedy }];
    if (secrets.indexOf(secret) !== at)
      return [{ option, problem: 'is the same as an earlier one.', remedy: 'Remove one of them.' }];
    return [];
  });
  if (secrets.length === 0) problems.push({ option: 'secret', problem: 'is an empty list.', remedy });
  if (problems.length > 0) throw new AuthConfigurationError(problems);
}
