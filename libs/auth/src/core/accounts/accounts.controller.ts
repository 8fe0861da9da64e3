import { Delete, Get, HttpCode, Inject, Patch, Post, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Public } from '../access/access.decorators.js';
import { AuthThrottle } from '../access/auth-throttle.decorator.js';
import { AuthController } from '../access/auth-controller.decorator.js';
import { ClientReader } from '../access/client-reader.js';
import type { HttpRequest } from '../access/http-request.js';
import { fieldsOf, JsonBody, type JsonObject, validated, validatedChanges, validatedPart } from '../access/request-body.js';
import { ResourceNotFoundException } from '../errors/auth.errors.js';
import { AUTH_OPTIONS, type ResolvedAuthOptions } from '../options/auth.options.js';
import { SessionResponder } from '../sign-in/session-responder.js';
import { ChangePasswordDto, DeleteAccountDto, SignUpDto } from './accounts.dto.js';
import { AccountsService } from './accounts.service.js';
import { PasswordChangeService } from './password-change.service.js';

@AuthController()
export class AccountsController {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly options: ResolvedAuthOptions,
    private readonly accounts: AccountsService,
    private readonly passwordChanges: PasswordChangeService,
    private readonly responder: SessionResponder,
    private readonly clients: ClientReader,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  @Public()
  @AuthThrottle('signUp')
  @Post('signup')
  async signUp(
    @JsonBody() body: JsonObject,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<object> {
    if (this.options.signUp === 'closed') throw new ResourceNotFoundException();
    const dto = await validated(SignUpDto, body, fieldsOf(this.options.profile));
    const profile = await validatedPart(this.options.profile, body, fieldsOf(SignUpDto));
    const delivery = this.responder.deliveryFor(request, dto);
    const { email, password, remember } = dto;
    const result = await this.accounts.signUp({ email, password, remember, profile, delivery }, this.clients.read(request));
    if (result.status === 'pending') this.adapterHost.httpAdapter.status(response, 202);
    if (result.status !== 'signed_in') return result.answer;
    return { user: await this.responder.user(result.user), ...this.responder.hand(response, result.issued.credentials) };
  }

  @Get('me')
  async me(@Req() request: HttpRequest): Promise<object> {
    const { session } = request.auth!;
    return { user: await this.responder.user(await request.auth!.user()), session: this.responder.session(session) };
  }

  @Patch('me')
  async updateMe(@JsonBody() body: JsonObject, @Req() request: HttpRequest): Promise<object> {
    const profile = await validatedChanges(this.options.profile, body);
    return { user: await this.responder.user(await this.accounts.updateProfile(request.auth!.userId, profile)) };
  }

  @Delete('me')
  @HttpCode(204)
  async deleteMe(
    @JsonBody() body: JsonObject,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<void> {
    const { password } = await validated(DeleteAccountDto, body);
    const { session, via } = request.auth!;
    await this.accounts.deleteOwn(session, password, this.clients.read(request));
    if (via === 'cookie') this.responder.clearCookie(response);
  }

  @Post('password/change')
  @HttpCode(200)
  async changePassword(
    @JsonBody() body: JsonObject,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<object> {
    const change = await validated(ChangePasswordDto, body);
    const { credentials } = await this.passwordChanges.change(request.auth!.session, change, this.clients.read(request));
    return this.responder.hand(response, credentials);
  }
}
