import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { catchError, type Observable, throwError } from 'rxjs';
import { AuthException } from '../errors/auth.exception.js';
import { PRIVATE_ANSWER, writeHeaders } from './http-response.js';

/** {@link PRIVATE_ANSWER} on every answer of ours, and the headers that an `AuthException` carries, whatever filters the host has. */
@Injectable()
export class AuthHttpInterceptor implements NestInterceptor {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response: unknown = context.switchToHttp().getResponse();
    const write = (headers: Readonly<Record<string, string>>) => writeHeaders(this.adapterHost.httpAdapter, response, headers);
    write(PRIVATE_ANSWER);
    return next.handle().pipe(
      catchError((error: unknown) => {
        if (error instanceof AuthException) write(error.headers);
        return throwError(() => error);
      }),
    );
  }
}
