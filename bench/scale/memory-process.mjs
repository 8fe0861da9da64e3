// A process whose database keeps nothing, so that all that grows in it is what the library remembers: every session that is asked for
// exists, and no address has an account. Asked past HTTP, which remembers nothing and takes most of the time.
import { createHash } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import {
  AttemptRepository,
  AuditLog,
  AuthModule,
  CacheStore,
  InvalidCredentialsException,
  MemoryCache,
  PasswordHasher,
  RequestAuthenticator,
  SessionRepository,
  SignInService,
} from 'nestjs-latchkey';
import { MemoryStorage } from 'nestjs-latchkey/testing';
import { serve, settings, start } from '../servers/application.mjs';
import { decorateClass } from '../servers/decorate.mjs';
import { sessionOf } from './rows.mjs';

const HOUR = 3_600_000;
const AT_A_TIME = 8;
const startedAt = Date.now();

class InstantHasher extends PasswordHasher {
  hash = async () => 'none';
  verify = async () => false;
  recognises = () => true;
  needsRehash = () => false;
  equalise = async () => undefined;
}

class EmptyLedger extends AttemptRepository {
  reserve = async () => ({ outcome: 'granted' });
  fail = async () => ({ consecutive: 1, blockedUntil: null, reachedHardStop: false });
  release = async () => undefined;
  clear = async () => undefined;
  find = async () => null;
  deleteIdle = async () => 0;
}

class EmptyAuditLog extends AuditLog {
  append = async () => undefined;
  find = async () => [];
  deleteOlder = async () => 0;
}

/** Sessions that are being asked for; a row is made for them. */
const underWay = new Map();

/** Has whatever session is asked for. */
class EverySession extends SessionRepository {
  findState = async (id) => ({
    ownerHolds: true,
    session: {
      ...underWay.get(id),
      remembered: false,
      credentialsVersion: 1,
      secretHash: null,
      rotatedAt: startedAt,
      createdAt: startedAt,
      lastSeenAt: Date.now(),
      idleExpiresAt: startedAt + HOUR * 24,
      ip: `192.0.2.${id.length}`,
      userAgent:
        `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 ${id}`.slice(
          0,
          111,
        ),
      revokedAt: null,
    },
  });
  touch = async () => undefined;
}

class MemoryModule {}
decorateClass(MemoryModule, [
  Module({
    imports: [
      AuthModule.forRoot({
        secret: settings.secret,
        baseUrl: 'http://localhost:3000',
        environment: 'test',
        storage: MemoryStorage.forRoot(),
        cache: MemoryCache.forRoot({ singleInstance: true, ...(settings.maxEntries ? { maxEntries: settings.maxEntries } : {}) }),
        overrides: [
          { provide: PasswordHasher, useClass: InstantHasher },
          { provide: AttemptRepository, useClass: EmptyLedger },
          { provide: AuditLog, useClass: EmptyAuditLog },
          { provide: SessionRepository, useClass: EverySession },
        ],
      }),
    ],
  }),
]);

const app = await start(MemoryModule);
const [signIns, authenticator, cache] = [SignInService, RequestAuthenticator, CacheStore].map((token) =>
  app.get(token, { strict: false }),
);
const [issuer, tokens] = ['SessionIssuer', 'SessionTokens'].map(
  (name) =>
    [...app.get(ModulesContainer, { strict: false }).values()]
      .flatMap(({ providers }) => [...providers.values()])
      .find(({ instance }) => instance?.constructor?.name === name).instance,
);

/** A guess at an address from a source of its own, counted as the route counts it, and a request with a token of a session of its own. */
async function seeOne(number) {
  const source = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  await cache.increment(`auth:throttle:${keyedLike(source)}`, 60_000);
  const email = `somebody${number}@example.com`;
  await signIns
    .signIn({ email, password: 'correct horse battery', delivery: 'bearer' }, { ip: source, userAgent: null, requestId: null })
    .then(
      () => Promise.reject(new Error('Somebody without an account was signed in')),
      (error) => {
        if (!(error instanceof InvalidCredentialsException)) throw error;
      },
    );
  const session = sessionOf(number, { users: Number.MAX_SAFE_INTEGER, keyId: tokens.refreshKeyId, startedAt });
  underWay.set(session.id, session);
  await authenticator.byAccessToken(issuer.bearer(session, Date.now()).accessToken);
  underWay.delete(session.id);
}

/** As long as the keyed hash that the route counts by. */
const keyedLike = (source) => createHash('sha256').update(source).digest('base64url');

async function see({ from, count }) {
  let next = from;
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      while (next < from + count) {
        await seeOne(next++);
        // Timers must have their turn: the revocation log is read by one.
        await immediate();
      }
    }),
  );
}

/** After collecting garbage. Bytes. */
function look() {
  for (let time = 0; time < 3; time++) global.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapUsed, external, rss };
}

serve({}, { see, look });
