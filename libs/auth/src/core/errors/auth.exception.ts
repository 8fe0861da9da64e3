import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

/** What is wrong with one field of a request. */
export interface FieldFault {
  field: string;
  code: string;
  message: string;
  /** Of `password_blocked`: which rule blocked it. */
  rule?: string;
}

export interface AuthExceptionOptions extends ErrorOptions {
  details?: readonly FieldFault[];
  /** Sent with the answer by our guard and controllers. */
  headers?: Record<string, string>;
}

/**
 * Every refusal of the library: Nest's body plus `errorCode` (`auth.<reason>`), which Nest 11 has no slot of its own for.
 * The message is for people and may change; the code is for programs and does not.
 */
export class AuthException extends HttpException {
  readonly headers: Readonly<Record<string, string>>;

  constructor(statusCode: number, errorCode: string, message: string, options: AuthExceptionOptions = {}) {
    super(
      {
        statusCode,
        error: STATUS_CODES[statusCode] ?? 'Error',
        message,
        errorCode,
        ...(options.details === undefined ? {} : { details: options.details }),
      },
      statusCode,
      { cause: options.cause, errorCode } as { cause?: unknown },
    );
    // Nest 11 has no such slot; on 12 this repeats what the base class did.
    (this as { errorCode?: string }).errorCode = errorCode;
    this.headers = options.headers ?? {};
  }
}
