import { Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Public } from '../access/access.decorators.js';
import { AuthController } from '../access/auth-controller.decorator.js';
import { AuthThrottle } from '../access/auth-throttle.decorator.js';
import { ClientReader } from '../access/client-reader.js';
import type { HttpRequest } from '../access/http-request.js';
import { type LinkPage, linkPage, sendLinkPage } from '../access/link-page.js';
import { JsonBody, type JsonObject, validated } from '../access/request-body.js';
import { ResourceNotFoundException } from '../errors/auth.errors.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { ConfirmEmailDto } from './accounts.dto.js';
import { EMAIL_CONFIRM_ROUTE, EmailProofs } from './email-proofs.js';

/** Not there (404) unless a room has something to prove. */
@AuthController()
export class EmailProofsController {
  private readonly page: LinkPage;

  constructor(
    @Inject(AUTH_OPTIONS) { appName: app }: ResolvedAuthOptions,
    private readonly proofs: EmailProofs,
    private readonly clients: ClientReader,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    this.page = linkPage({
      app,
      title: 'Confirm your e-mail address',
      text: `Confirm that this address is yours and that you want to use it at ${app}.`,
      button: 'Confirm',
      done: 'Your e-mail address is confirmed.',
    });
  }

  @Public()
  @AuthThrottle('token')
  @Post(EMAIL_CONFIRM_ROUTE)
  @HttpCode(204)
  async confirm(@JsonBody() body: JsonObject, @Req() request: HttpRequest): Promise<void> {
    if (!this.proofs.isOffered) throw new ResourceNotFoundException();
    const { token } = await validated(ConfirmEmailDto, body);
    await this.proofs.redeem(token, this.clients.read(request));
  }

  /** Where the mailed link leads. Looking at it uses nothing up. */
  @Public()
  @Get(EMAIL_CONFIRM_ROUTE)
  show(@Res({ passthrough: true }) response: unknown): string {
    return sendLinkPage(this.adapterHost, response, this.proofs.hasBuiltInPage ? this.page : null);
  }
}
