import { Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Public } from '../../core/access/access.decorators.js';
import { AuthThrottle } from '../../core/access/auth-throttle.decorator.js';
import { AuthController } from '../../core/access/auth-controller.decorator.js';
import { ClientReader } from '../../core/access/client-reader.js';
import { EmailDto } from '../../core/access/email.dto.js';
import type { HttpRequest } from '../../core/access/http-request.js';
import { type LinkPage, linkPage, sendLinkPage } from '../../core/access/link-page.js';
import { JsonBody, type JsonObject, validated } from '../../core/access/request-body.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { ResetPasswordDto } from './password-reset.dto.js';
import { PASSWORD_RESET_OPTIONS, PASSWORD_RESET_ROUTE, type ResolvedPasswordResetOptions } from './password-reset.options.js';
import { PasswordResetService } from './password-reset.service.js';

@AuthController()
export class PasswordResetController {
  private readonly page: LinkPage | null;

  constructor(
    @Inject(AUTH_OPTIONS) { appName }: ResolvedAuthOptions,
    @Inject(PASSWORD_RESET_OPTIONS) { link }: ResolvedPasswordResetOptions,
    private readonly resets: PasswordResetService,
    private readonly clients: ClientReader,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    this.page = link.isBuiltIn ? pageFor(appName) : null;
  }

  @Public()
  @AuthThrottle('mail')
  @Post('password/forgot')
  @HttpCode(202)
  async forgot(@JsonBody() body: JsonObject, @Req() request: HttpRequest): Promise<object> {
    const { email } = await validated(EmailDto, body);
    await this.resets.request(email, this.clients.read(request));
    return { status: 'sent' };
  }

  @Public()
  @AuthThrottle('token')
  @Post(PASSWORD_RESET_ROUTE)
  @HttpCode(204)
  async reset(@JsonBody() body: JsonObject, @Req() request: HttpRequest): Promise<void> {
    await this.resets.reset(await validated(ResetPasswordDto, body), this.clients.read(request));
  }

  /** Where the mailed link leads. Looking at it uses nothing up. */
  @Public()
  @Get(PASSWORD_RESET_ROUTE)
  show(@Res({ passthrough: true }) response: unknown): string {
    return sendLinkPage(this.adapterHost, response, this.page);
  }
}

const pageFor = (app: string): LinkPage =>
  linkPage({
    app,
    title: 'Set a new password',
    text: 'Choose a new password. You will be signed out everywhere.',
    fields: [{ name: 'password', label: 'New password', type: 'password', autocomplete: 'new-password' }],
    button: 'Set password',
    done: 'Your password is set. You can sign in with it now.',
  });
