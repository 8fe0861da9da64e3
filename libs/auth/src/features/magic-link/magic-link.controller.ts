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
import { SessionResponder } from '../../core/sign-in/session-responder.js';
import { VerifyMagicLinkDto } from './magic-link.dto.js';
import { MAGIC_LINK_OPTIONS, MAGIC_LINK_ROUTE, type ResolvedMagicLinkOptions } from './magic-link.options.js';
import { MagicLinkService } from './magic-link.service.js';

@AuthController()
export class MagicLinkController {
  private readonly page: LinkPage | null;

  constructor(
    @Inject(AUTH_OPTIONS) { appName, baseUrl }: ResolvedAuthOptions,
    @Inject(MAGIC_LINK_OPTIONS) { link }: ResolvedMagicLinkOptions,
    private readonly links: MagicLinkService,
    private readonly responder: SessionResponder,
    private readonly clients: ClientReader,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    this.page = link.isBuiltIn ? pageFor(appName, baseUrl) : null;
  }

  @Public()
  @AuthThrottle('mail')
  @Post('magic-link')
  @HttpCode(202)
  async request(@JsonBody() body: JsonObject, @Req() request: HttpRequest): Promise<object> {
    const { email } = await validated(EmailDto, body);
    await this.links.request(email, this.clients.read(request));
    return { status: 'sent' };
  }

  @Public()
  @AuthThrottle('signIn')
  @Post(MAGIC_LINK_ROUTE)
  @HttpCode(200)
  async verify(
    @JsonBody() body: JsonObject,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<object> {
    const dto = await validated(VerifyMagicLinkDto, body);
    const delivery = this.responder.deliveryFor(request, dto);
    const result = await this.links.verify({ ...dto, delivery }, this.clients.read(request));
    if (result.status === 'interrupted') return result.answer;
    return { user: await this.responder.user(result.user), ...this.responder.hand(response, result.issued.credentials) };
  }

  /** Where the mailed link leads. Looking at it uses nothing up. */
  @Public()
  @Get(MAGIC_LINK_ROUTE)
  show(@Res({ passthrough: true }) response: unknown): string {
    return sendLinkPage(this.adapterHost, response, this.page);
  }
}

const pageFor = (app: string, baseUrl: string): LinkPage =>
  linkPage({
    app,
    title: 'Sign in',
    text: `Sign in to ${app} on this device.`,
    button: 'Sign in',
    body: { delivery: 'cookie' },
    done: 'You are signed in.',
    next: `${baseUrl}/`,
  });
