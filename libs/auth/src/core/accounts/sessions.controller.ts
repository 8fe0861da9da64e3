import { Delete, Get, HttpCode, Param, Req } from '@nestjs/common';
import { AuthController } from '../access/auth-controller.decorator.js';
import { ClientReader } from '../access/client-reader.js';
import { type HttpRequest, pathOf } from '../access/http-request.js';
import { ResourceNotFoundException } from '../errors/auth.errors.js';
import type { Session } from '../ports/session.repository.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { iso } from '../sign-in/session-responder.js';
import { deviceOf } from './device-name.js';

@AuthController('sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly clients: ClientReader,
  ) {}

  @Get()
  async list(@Req() request: HttpRequest): Promise<object> {
    const { userId, session } = request.auth!;
    return { sessions: (await this.sessions.list(userId)).map((one) => presented(one, session.id)) };
  }

  @Delete()
  @HttpCode(204)
  async endOthers(@Req() request: HttpRequest): Promise<void> {
    // `/sessions/${id}` with an empty id: routers that do not care for a slash at the end would take it for all of them.
    if (pathOf(request).endsWith('/')) throw new ResourceNotFoundException();
    const { userId, session } = request.auth!;
    await this.sessions.endAll(userId, 'ended_by_user', this.clients.read(request), session.id);
  }

  @Delete(':id')
  @HttpCode(204)
  async end(@Param('id') id: string, @Req() request: HttpRequest): Promise<void> {
    await this.sessions.revoke(request.auth!.userId, id, this.clients.read(request));
  }
}

function presented({ id, createdAt, lastSeenAt, ip, userAgent, amr }: Session, currentId: string): object {
  return {
    id,
    current: id === currentId,
    createdAt: iso(createdAt),
    lastSeenAt: iso(lastSeenAt),
    ip,
    userAgent,
    device: deviceOf(userAgent),
    amr,
  };
}
