import { HttpCode, Post, Req, Res } from '@nestjs/common';
import { Public } from '../access/access.decorators.js';
import { AuthThrottle } from '../access/auth-throttle.decorator.js';
import { AuthController } from '../access/auth-controller.decorator.js';
import type { HttpRequest } from '../access/http-request.js';
import { ClientReader } from '../access/client-reader.js';
import { JsonBody, type JsonObject, validated } from '../access/request-body.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { PasswordProof } from './password-proof.js';
import { SessionResponder } from './session-responder.js';
import { RefreshDto, SignInDto, SignOutDto, StepUpDto } from './sign-in.dto.js';
import { SignInService } from './sign-in.service.js';
import { SignOutService } from './sign-out.service.js';

@AuthController()
export class SignInController {
  constructor(
    private readonly signIns: SignInService,
    private readonly signOuts: SignOutService,
    private readonly sessions: SessionsService,
    private readonly proof: PasswordProof,
    private readonly responder: SessionResponder,
    private readonly clients: ClientReader,
  ) {}

  @Public()
  @AuthThrottle('signIn')
  @Post('signin')
  @HttpCode(200)
  async signIn(
    @JsonBody() body: JsonObject,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<object> {
    const dto = await validated(SignInDto, body);
    const delivery = this.responder.deliveryFor(request, dto);
    const result = await this.signIns.signIn({ ...dto, delivery }, this.clients.read(request));
    if (result.status === 'interrupted') return result.answer;
    const { user, roles, issued } = result;
    return { user: this.responder.userWithRoles(user, roles), ...this.responder.hand(response, issued.credentials) };
  }

  @Public()
  @Post('refresh')
  @HttpCode(200)
  async refresh(
    @JsonBody() body: JsonObject,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<object> {
    const { refreshToken } = await validated(RefreshDto, body);
    return this.responder.hand(response, await this.signIns.refresh(refreshToken, this.clients.read(request)));
  }

  /** Open, because whoever wants to leave may, also with an access token that has expired. */
  @Public()
  @Post('signout')
  @HttpCode(204)
  async signOut(
    @JsonBody() body: JsonObject,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<void> {
    const { refreshToken } = await validated(SignOutDto, body);
    const { cookie } = await this.signOuts.signOut(request, refreshToken, this.clients.read(request));
    if (cookie) this.responder.clearCookie(response);
  }

  @Post('step-up')
  @HttpCode(200)
  async stepUp(
    @JsonBody() body: JsonObject,
    @Req() request: HttpRequest,
    @Res({ passthrough: true }) response: unknown,
  ): Promise<object> {
    const { password } = await validated(StepUpDto, body);
    const { session } = request.auth!;
    await this.proof.assert(session, password, 'step_up', this.clients.read(request));
    const proved = await this.sessions.reauthenticate(session, ['pwd']);
    if (proved.credentials !== null) this.responder.hand(response, proved.credentials);
    return { session: this.responder.session(proved.session) };
  }
}
