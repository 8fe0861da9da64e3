import { describe, expect, it } from 'vitest';
import { Authentication } from '../access/authentication.js';
import { ClientReader } from '../access/client-reader.js';
import type { HttpRequest } from '../access/http-request.js';
import { PasswordIncorrectException } from '../errors/auth.errors.js';
import type { ResolvedAuthOptions } from '../options/auth.options.js';
import type { Session } from '../ports/session.repository.js';
import type { SessionCredentials } from '../sessions/issued-session.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import type { PasswordProof } from './password-proof.js';
import type { SessionResponder } from './session-responder.js';
import { SignInController } from './sign-in.controller.js';

const SESSION = { id: 's1', userId: '7' } as Session;

describe('stepping up', () => {
  const stepUp = async (credentials: SessionCredentials | null, refusal?: Error) => {
    const done: unknown[] = [];
    const proof = {
      assert: async (...asked: unknown[]) => {
        done.push(['proof', ...asked]);
        if (refusal !== undefined) throw refusal;
      },
    } as unknown as PasswordProof;
    const sessions = {
      reauthenticate: async (...asked: unknown[]) => {
        done.push(['reauthenticate', ...asked]);
        return { session: { ...SESSION, authTime: 1 }, credentials };
      },
    } as unknown as SessionsService;
    const responder = {
      hand: (...handed: unknown[]) => done.push(['hand', ...handed]),
      session: (session: Session) => ({ told: session.id, of: session.authTime }),
    } as unknown as SessionResponder;
    const clients = new ClientReader({ trustedProxies: [], delivery: ['bearer'] } as unknown as ResolvedAuthOptions);
    const nobody = {} as never;
    const controller = new SignInController(nobody, nobody, sessions, proof, responder, clients);
    const auth = new Authentication(SESSION, 'bearer', nobody);
    const request: HttpRequest = { method: 'POST', headers: {}, socket: { remoteAddress: '203.0.113.7' }, auth };
    const answer = await controller.stepUp({ password: 'right' }, request, 'answer').catch((error: unknown) => error);
    return { done, answer };
  };
  const proved = ['proof', SESSION, 'right', 'step_up', { ip: '203.0.113.7', userAgent: null, requestId: null }];
  const renewed = ['reauthenticate', SESSION, ['pwd']];

  it('wants the password before anything else, and tells of the session as it is then', async () => {
    const { done, answer } = await stepUp(null);

    expect(done).toEqual([proved, renewed]);
    expect(answer).toEqual({ session: { told: 's1', of: 1 } });
  });

  it('hands over the new secret of a cookie', async () => {
    const cookie: SessionCredentials = { delivery: 'cookie', value: 'new', maxAge: null };
    const { done, answer } = await stepUp(cookie);

    expect(done).toEqual([proved, renewed, ['hand', 'answer', cookie]]);
    expect(answer).toEqual({ session: { told: 's1', of: 1 } });
  });

  it('changes nothing for who does not know the password', async () => {
    const refused = new PasswordIncorrectException();
    const { done, answer } = await stepUp(null, refused);

    expect(done).toEqual([proved]);
    expect(answer).toBe(refused);
  });
});
