import { Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Public } from '../../core/access/access.decorators.js';
import { AuthController } from '../../core/access/auth-controller.decorator.js';
import { AuthThrottle } from '../../core/access/auth-throttle.decorator.js';
import { ClientReader } from '../../core/access/client-reader.js';
import type { HttpRequest } from '../../core/access/http-request.js';
import { type LinkPage, linkPage, sendLinkPage } from '../../core/access/link-page.js';
import { JsonBody, type JsonObject, validated } from '../../core/access/request-body.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { UnlockDto } from './unlock.dto.js';
import { UNLOCK } from './unlock.mail.js';
import { UnlockService } from './unlock.service.js';

@AuthController()
export class UnlockController {
  private readonly page: LinkPage | null;

  constructor(
    @Inject(AUTH_OPTIONS) { appName, lockout }: ResolvedAuthOptions,
    private readonly unlocking: UnlockService,
    private readonly clients: ClientReader,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    this.page = lockout !== false && lockout.unlock.link.isBuiltIn ? pageFor(appName) : null;
  }

  @Public()
  @AuthThrottle('token')
  @Post(UNLOCK)
  @HttpCode(204)
  async unlock(@JsonBody() body: JsonObject, @Req() request: HttpRequest): Promise<void> {
    await this.unlocking.unlock((await validated(UnlockDto, body)).token, this.clients.read(request));
  }

  /** Where the mailed link leads. Looking at it uses nothing up. */
  @Public()
  @Get(UNLOCK)
  show(@Res({ passthrough: true }) response: unknown): string {
    return sendLinkPage(this.adapterHost, response, this.page);
  }
}

const pageFor = (app: string): LinkPage =>
  linkPage({
    app,
    title: 'Unlock your account',
    text: 'Too many wrong passwords were tried. Unlock your account to sign in again.',
    button: 'Unlock',
    done: 'Your account is unlocked. You can sign in again.',
  });
