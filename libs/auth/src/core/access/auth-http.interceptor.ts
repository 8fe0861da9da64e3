import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { catchError, from, lastValueFrom, type Observable, throwError } from 'rxjs';
import { AuthException } from '../errors/auth.exception.js';
import { UnitOfWork } from '../ports/unit-of-work.js';
import type { HttpRequest } from './http-request.js';
import { PRIVATE_ANSWER, writeHeaders } from './http-response.js';

/**
 * {@link PRIVATE_ANSWER} on every answer of ours, and the headers that an `AuthException` carries, whatever filters the host has. All that a
 * request asks the store, from the guard on, shares one deadline.
 */
@Injectable()
export class AuthHttpInterceptor implements NestInterceptor {
  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly units: UnitOfWork,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const response: unknown = http.getResponse();
    const write = (headers: Readonly<Record<string, string>>) => writeHeaders(this.adapterHost.httpAdapter, response, headers);
    write(PRIVATE_ANSWER);
    const handle = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    return from(this.units.shareDeadline(handle, http.getRequest<HttpRequest>().auth?.askedFor)).pipe(
      catchError((error: unknown) => {
        if (error instanceof AuthException) write(error.headers);
        return throwError(() => error);
      }),
    );
  }
}
