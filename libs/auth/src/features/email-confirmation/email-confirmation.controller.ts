import { HttpCode, Post, Req } from '@nestjs/common';
import { Public } from '../../core/access/access.decorators.js';
import { AuthController } from '../../core/access/auth-controller.decorator.js';
import { AuthThrottle } from '../../core/access/auth-throttle.decorator.js';
import { ClientReader } from '../../core/access/client-reader.js';
import { EmailDto } from '../../core/access/email.dto.js';
import type { HttpRequest } from '../../core/access/http-request.js';
import { JsonBody, type JsonObject, validated } from '../../core/access/request-body.js';
import { EmailConfirmationService } from './email-confirmation.service.js';

/** `POST /email/confirm` is the core's: it takes the tokens of every room that proves addresses. */
@AuthController()
export class EmailConfirmationController {
  constructor(
    private readonly confirmations: EmailConfirmationService,
    private readonly clients: ClientReader,
  ) {}

  @Public()
  @AuthThrottle('mail')
  @Post('email/resend')
  @HttpCode(202)
  async resend(@JsonBody() body: JsonObject, @Req() request: HttpRequest): Promise<object> {
    const { email } = await validated(EmailDto, body);
    await this.confirmations.resend(email, this.clients.read(request));
    return { status: 'sent' };
  }
}
