import { Delete, HttpCode, Post, Req } from '@nestjs/common';
import { RequireRecentAuth } from '../../core/access/access.decorators.js';
import { AuthController } from '../../core/access/auth-controller.decorator.js';
import { ClientReader } from '../../core/access/client-reader.js';
import { EmailDto } from '../../core/access/email.dto.js';
import type { HttpRequest } from '../../core/access/http-request.js';
import { JsonBody, type JsonObject, validated } from '../../core/access/request-body.js';
import { EmailChangeService } from './email-change.service.js';

/** `POST /email/confirm` is the core's: it takes the tokens of every room that proves addresses. */
@AuthController()
export class EmailChangeController {
  constructor(
    private readonly changes: EmailChangeService,
    private readonly clients: ClientReader,
  ) {}

  @RequireRecentAuth()
  @Post('email/change')
  @HttpCode(202)
  async request(@JsonBody() body: JsonObject, @Req() request: HttpRequest): Promise<object> {
    const { email } = await validated(EmailDto, body);
    await this.changes.request(request.auth!.session, email, this.clients.read(request));
    return { status: 'sent' };
  }

  /** Needs no recent proof: it keeps what there is. */
  @Delete('email/change')
  @HttpCode(204)
  async cancel(@Req() request: HttpRequest): Promise<void> {
    await this.changes.cancel(request.auth!.userId);
  }
}
