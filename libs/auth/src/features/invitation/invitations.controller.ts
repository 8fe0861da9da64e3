import { Delete, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Public } from '../../core/access/access.decorators.js';
import { AuthController } from '../../core/access/auth-controller.decorator.js';
import { AuthThrottle } from '../../core/access/auth-throttle.decorator.js';
import { ClientReader } from '../../core/access/client-reader.js';
import type { HttpRequest } from '../../core/access/http-request.js';
import { type LinkPage, linkPage, sendLinkPage } from '../../core/access/link-page.js';
import { fieldsOf, JsonBody, type JsonObject, validated, validatedPart } from '../../core/access/request-body.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../../core/options/auth.options.js';
import { iso, SessionResponder } from '../../core/sign-in/session-responder.js';
import { InvitationAcceptanceService } from './invitation-acceptance.service.js';
import { AcceptInvitationDto, InviteDto } from './invitation.dto.js';
import { INVITATION_OPTIONS, type ResolvedInvitationOptions } from './invitation.options.js';
import type { Invitation } from './invitation.ports.js';
import { InvitationsService } from './invitations.service.js';

@AuthController('invitations')
export class InvitationsController {
  private readonly page: LinkPage | null;

  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    @Inject(INVITATION_OPTIONS) { link }: ResolvedInvitationOptions,
    private readonly invitations: InvitationsService,
    private readonly acceptances: InvitationAcceptanceService,
    private readonly responder: SessionResponder,
    private readonly clients: ClientReader,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    this.page = link.isBuiltIn ? pageFor(options) : null;
  }

  @Post()
  @HttpCode(202)
  async invite(@JsonBody() body: JsonObject, @Req() request: HttpRequest): Promise<object> {
    const dto = await validated(InviteDto, body);
    await this.invitations.invite(request.auth!.userId, dto, this.clients.read(request));
    return { status: 'sent' };
  }

  @Get()
  async list(@Req() request: HttpRequest): Promise<object> {
    return { invitations: (await this.invitations.list(request.auth!.userId)).map(presented) };
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(@Param('id') id: string, @Req() request: HttpRequest): Promise<void> {
    await this.invitations.revoke(request.auth!.userId, id, this.clients.read(request));
  }

  @Post(':id/resend')
  @HttpCode(202)
  async resend(@Param('id') id: string, @Req() request: HttpRequest): Promise<object> {
    await this.invitations.resend(request.auth!.userId, id, this.clients.read(request));
    return { status: 'sent' };
  }

  @Public()
  @AuthThrottle('token')
  @Post('accept')
  async accept(
    @JsonBody() body: JsonObject,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<object> {
    const dto = await validated(AcceptInvitationDto, body, fieldsOf(this.options.profile));
    const profile = await validatedPart(this.options.profile, body, fieldsOf(AcceptInvitationDto));
    const delivery = this.responder.deliveryFor(request, dto);
    const { token, password, remember } = dto;
    const result = await this.acceptances.accept({ token, password, remember, profile, delivery }, this.clients.read(request));
    if (result.status === 'interrupted') return result.answer;
    return { user: await this.responder.user(result.user), ...this.responder.hand(response, result.issued.credentials) };
  }

  /** Where the mailed link leads. Looking at it uses nothing up. */
  @Public()
  @Get('accept')
  show(@Res({ passthrough: true }) response: unknown): string {
    return sendLinkPage(this.adapterHost, response, this.page);
  }
}

const presented = ({ id, email, roles, createdAt, expiresAt }: Invitation): object => ({
  id,
  email,
  roles,
  createdAt: iso(createdAt),
  expiresAt: iso(expiresAt),
});

/** Asks for a name where the profile has one; a profile that requires more needs a page of the host. */
function pageFor({ appName, baseUrl, delivery, profile }: ResolvedAuthOptions): LinkPage {
  const hasCookies = delivery.includes('cookie');
  return linkPage({
    app: appName,
    title: 'Accept the invitation',
    text: `Choose a password for your account at ${appName}.`,
    fields: [
      ...(fieldsOf(profile).includes('name')
        ? [{ name: 'name', label: 'Your name', type: 'text', autocomplete: 'name', isOptional: true } as const]
        : []),
      { name: 'password', label: 'Password', type: 'password', autocomplete: 'new-password' },
    ],
    button: 'Create account',
    body: hasCookies ? { delivery: 'cookie' } : {},
    done: 'Your account is ready.',
    next: hasCookies ? `${baseUrl}/` : undefined,
  });
}
