import type { CallHandler, ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { EMPTY, lastValueFrom, of, throwError, toArray } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { TooManyAttemptsException } from '../errors/auth.errors.js';
import type { UnitOfWork } from '../ports/unit-of-work.js';
import { AuthHttpInterceptor } from './auth-http.interceptor.js';

const PRIVATE = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

describe('answers of ours', () => {
  let sent: Record<string, string>;
  const shareDeadline = vi.fn((work: () => Promise<unknown>, _spent?: number) => work());
  const httpAdapter = { setHeader: (_: unknown, name: string, value: string) => void (sent[name] = value) };
  const interceptor = new AuthHttpInterceptor(
    { httpAdapter } as unknown as HttpAdapterHost,
    { shareDeadline } as unknown as UnitOfWork,
  );
  const answer = (handle: CallHandler['handle'], request: object = {}) => {
    const context = { switchToHttp: () => ({ getRequest: () => request, getResponse: () => ({}) }) };
    return lastValueFrom(interceptor.intercept(context as unknown as ExecutionContext, { handle }).pipe(toArray()));
  };
  beforeEach(() => {
    sent = {};
    shareDeadline.mockClear();
  });

  it('are kept by no cache', async () => {
    expect(await answer(() => of('answer'))).toEqual(['answer']);
    expect(sent).toEqual(PRIVATE);
  });

  it('may be empty', async () => {
    expect(await answer(() => EMPTY)).toEqual([undefined]);
  });

  it('have the headers of a refusal', async () => {
    const error = new TooManyAttemptsException(5_000);
    await expect(answer(() => throwError(() => error))).rejects.toBe(error);
    expect(sent).toEqual({ ...PRIVATE, ...error.headers });
  });

  it('have none of another error', async () => {
    const error = Object.assign(new Error('broken'), { headers: { 'Set-Cookie': 'a=b' } });
    await expect(answer(() => throwError(() => error))).rejects.toBe(error);
    expect(sent).toEqual(PRIVATE);
  });

  it('share a deadline with what the guard has asked', async () => {
    await answer(() => of(1));
    await answer(() => of(1), { auth: { askedFor: 700 } });
    expect(shareDeadline.mock.calls.map(([, spent]) => spent)).toEqual([undefined, 700]);
  });
});
