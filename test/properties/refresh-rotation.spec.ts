import fc from 'fast-check';
import { Clock, SessionRepository, SessionsService, SignInService } from 'nestjs-latchkey';
import { SettableClock } from 'nestjs-latchkey/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type AuthApp, type AuthAppOptions, PASSWORD, startAuthApp } from '../auth-app.js';

const SECOND = 1_000;
const DAY = 86_400_000;
const GRACE = 10 * SECOND;
const IDLE = 30 * DAY;
/** Not long after, so that it is reached. */
const ABSOLUTE = 40 * DAY;
const PATIENCE = 120_000;

/** What should be true of a session, by the contract alone. */
interface Family {
  id: string;
  /** By generation, the first one at 0. */
  tokens: string[];
  rotatedAt: number;
  idleExpiresAt: number;
  absoluteExpiresAt: number;
  isEnded: boolean;
}

interface Model {
  families: Family[];
}

interface Real {
  app: AuthApp;
  clock: SettableClock;
  email: string;
  userId: string;
}

type Command = fc.AsyncCommand<Model, Real>;

const SESSIONS = { bearer: { idle: '30d', absolute: '40d' }, refreshGrace: '10s' } as const;

const lives = ({ isEnded, idleExpiresAt, absoluteExpiresAt }: Family, now: number): boolean =>
  !isEnded && idleExpiresAt > now && absoluteExpiresAt > now;

function expected(family: Family, generation: number, now: number): 'rotates' | 'repeats' | 'invalid' | 'reused' {
  if (!lives(family, now)) return 'invalid';
  const current = family.tokens.length;
  if (generation === current) return 'rotates';
  if (now - family.rotatedAt > GRACE) return 'reused';
  return generation === current - 1 ? 'repeats' : 'invalid';
}

/** The new token, or the code of the refusal. */
async function refresh({ app }: Real, token: string): Promise<string> {
  try {
    return (await app.get(SignInService).refresh(token)).refreshToken;
  } catch (error) {
    return (error as { errorCode: string }).errorCode;
  }
}

/** What stands in the store is what the model says: nothing else has been touched. */
async function assertAgree({ families }: Model, { app, clock }: Real): Promise<void> {
  for (const family of families) {
    const state = await app.get(SessionRepository).findState(family.id);
    // Rows of what is long over are cleared away.
    if (state === null) {
      expect(lives(family, clock.now())).toBe(false);
      continue;
    }
    expect(state.session.revokedAt !== null).toBe(family.isEnded);
    expect(state.session.generation).toBe(family.tokens.length);
  }
}

const one = <T>(all: readonly T[], at: number): T => all[at % all.length]!;

class SignIn implements Command {
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const result = await real.app.get(SignInService).signIn({ email: real.email, password: PASSWORD, delivery: 'bearer' });
    if (result.status !== 'signed_in' || result.issued.credentials.delivery !== 'bearer') throw new Error('Not signed in');
    const now = real.clock.now();
    model.families.push({
      id: result.issued.session.id,
      tokens: [result.issued.credentials.refreshToken],
      rotatedAt: now,
      idleExpiresAt: now + IDLE,
      absoluteExpiresAt: now + ABSOLUTE,
      isEnded: false,
    });
    await assertAgree(model, real);
  }
  toString = () => 'sign in';
}

/** The token of `age` generations ago, so many times at once. */
class Present implements Command {
  constructor(
    private readonly at: number,
    private readonly age: number,
    private readonly copies: number,
  ) {}
  check = ({ families }: Readonly<Model>) => families.length > 0;
  async run(model: Model, real: Real): Promise<void> {
    const family = one(model.families, this.at);
    const generation = Math.max(1, family.tokens.length - this.age);
    const now = real.clock.now();
    const outcome = expected(family, generation, now);
    const answers = await Promise.all(Array.from({ length: this.copies }, () => refresh(real, family.tokens[generation - 1]!)));

    // Of several replays the first ends the session; the others may find it ended.
    const distinct = new Set(
      answers.map((answer) => (outcome === 'reused' && answer === 'auth.refresh_invalid' ? answers[0]! : answer)),
    );
    expect(distinct.size).toBe(1);
    const [answer] = [...distinct] as [string];
    if (outcome === 'rotates') {
      expect(model.families.some(({ tokens }) => tokens.includes(answer))).toBe(false);
      expect(answer.split('.').slice(0, 2)).toEqual([family.id, String(generation + 1)]);
      family.tokens.push(answer);
      family.rotatedAt = now;
      family.idleExpiresAt = Math.min(now + IDLE, family.absoluteExpiresAt);
    } else if (outcome === 'repeats') expect(answer).toBe(family.tokens.at(-1));
    else if (outcome === 'invalid') expect(answer).toBe('auth.refresh_invalid');
    else {
      expect(answers).toContain('auth.refresh_reused');
      family.isEnded = true;
    }
    await assertAgree(model, real);
  }
  get what(): string {
    return `present family ${this.at}, ${this.age} generations ago, ${this.copies} times`;
  }
  toString = () => this.what;
}

/** A token that we did not make, of a generation that there was or will be. */
class Forge implements Command {
  constructor(
    private readonly at: number,
    private readonly generation: number,
    private readonly mac: string,
  ) {}
  check = ({ families }: Readonly<Model>) => families.length > 0;
  async run(model: Model, real: Real): Promise<void> {
    const { id, tokens } = one(model.families, this.at);
    const other = one(tokens, this.generation).split('.')[2]!;
    const forged = [`${id}.${this.generation + 1}.${this.mac}`, `${id}.${tokens.length + 1}.${other}`];
    for (const token of forged) expect(await refresh(real, token)).toBe('auth.refresh_invalid');
    await assertAgree(model, real);
  }
  toString = () => `forge generation ${this.generation + 1} of family ${this.at}`;
}

class End implements Command {
  constructor(private readonly at: number) {}
  check = ({ families }: Readonly<Model>) => families.length > 0 && !one(families, this.at).isEnded;
  async run(model: Model, real: Real): Promise<void> {
    const family = one(model.families, this.at);
    if ((await real.app.get(SessionRepository).findState(family.id)) === null) return;
    await real.app.get(SessionsService).revoke(real.userId, family.id);
    family.isEnded = true;
    await assertAgree(model, real);
  }
  toString = () => `end family ${this.at}`;
}

/** After a while: what matters is how long ago the last rotation was. */
class PresentLater extends Present {
  constructor(
    private readonly milliseconds: number,
    ...[at, age, copies]: [number, number, number]
  ) {
    super(at, age, copies);
  }
  override async run(model: Model, real: Real): Promise<void> {
    real.clock.set(real.clock.now() + this.milliseconds);
    await assertAgree(model, real);
    await super.run(model, real);
  }
  override toString = () => `wait ${this.milliseconds} ms and ${this.what}`;
}

const AT = fc.nat(3);
const BRIEF = fc.constantFrom(0, 1, SECOND, GRACE - 1, GRACE, GRACE + 1, 60 * SECOND);
const LONG = fc.constantFrom(DAY, IDLE - 1, IDLE - 1, IDLE, IDLE + 1, ABSOLUTE - IDLE, ABSOLUTE - IDLE + 1, ABSOLUTE);
const PRESENTED = fc.tuple(AT, fc.constantFrom(0, 0, 0, 1, 1, 2, 3), fc.constantFrom(1, 1, 2, 5));
const present = PRESENTED.map((what) => new Present(...what));
const presentSoon = fc.tuple(BRIEF, PRESENTED).map(([milliseconds, what]) => new PresentLater(milliseconds, ...what));
const presentLate = fc.tuple(LONG, PRESENTED).map(([milliseconds, what]) => new PresentLater(milliseconds, ...what));
const COMMANDS = fc.commands<Model, Real, false>(
  [
    fc.constant(new SignIn()),
    present,
    present,
    presentSoon,
    presentSoon,
    presentSoon,
    presentLate,
    fc.tuple(AT, fc.nat(3), fc.stringMatching(/^[\w-]{43}$/)).map((what) => new Forge(...what)),
    AT.map((at) => new End(at)),
  ] as fc.Arbitrary<Command>[],
  { maxCommands: 40 },
);

describe('a refresh token', () => {
  const clock = new SettableClock();
  let app: AuthApp;
  let people = 0;
  afterEach(() => app.close());

  const start = async (options: AuthAppOptions = {}): Promise<void> => {
    app = await startAuthApp({
      database: 'memory',
      overrides: [{ provide: Clock, useValue: clock }],
      ...options,
      sessions: { ...SESSIONS, ...options.sessions },
    });
  };
  /** Each run has a user of its own, who is signed in already. */
  const property = () =>
    fc.asyncProperty(COMMANDS, async (commands) => {
      const email = `person${people++}@example.com`;
      const { user } = await app.givenUser(email);
      const real: Real = { app, clock, email, userId: String(user.id) };
      await fc.asyncModelRun(() => ({ model: { families: [] }, real }), [new SignIn(), ...commands]);
    });

  it(
    'has one successor, is forgiven inside the grace, and ends its family, and no other, after it',
    async () => {
      await start();
      await fc.assert(property(), { numRuns: 60 });
    },
    PATIENCE,
  );

  /** The same runs each time: that the model notices is not left to chance. */
  const SEED = 2;
  /** A model that agrees with everything would agree with these. */
  describe('is checked by a model that notices', () => {
    const mistakes: [string, AuthAppOptions, () => void][] = [
      ['that there is no grace', { sessions: { refreshGrace: '1ms' } }, () => undefined],
      ['a grace that is too long', { sessions: { refreshGrace: '11s' } }, () => undefined],
      ['a session that idles for too long', { sessions: { bearer: { idle: '31d', absolute: '40d' } } }, () => undefined],
      ['a session that never ends', { sessions: { bearer: { idle: '30d', absolute: '400d' } } }, () => undefined],
      ['that reuse ends nothing', {}, () => (app.get(SessionRepository).revoke = () => Promise.resolve(true))],
      ['that a rotation is not written down', {}, () => (app.get(SessionRepository).rotate = () => Promise.resolve(true))],
    ];

    it.each(mistakes)(
      '%s',
      async (_, options, make) => {
        await start(options);
        make();
        await expect(fc.assert(property(), { numRuns: 400, endOnFailure: true, seed: SEED })).rejects.toThrow(/Property failed/);
      },
      PATIENCE,
    );
  });
});
