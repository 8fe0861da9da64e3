import { Get, Inject, Req } from '@nestjs/common';
import { AccessDenials } from '../../core/access/access-denials.js';
import { AuthController } from '../../core/access/auth-controller.decorator.js';
import type { HttpRequest } from '../../core/access/http-request.js';
import { type JsonObject, validated } from '../../core/access/request-body.js';
import { RolesReader } from '../../core/access/roles-reader.js';
import { ForbiddenAccessException } from '../../core/errors/auth.errors.js';
import type { StoredAuditEntry } from '../../core/ports/audit-log.js';
import { iso } from '../../core/sign-in/session-responder.js';
import { AuditQueryDto, searchOf } from './audit.dto.js';
import { AUDIT_OPTIONS, type ResolvedAuditOptions } from './audit.options.js';
import { AuditService } from './audit.service.js';

@AuthController('audit')
export class AuditController {
  constructor(
    @Inject(AUDIT_OPTIONS) private readonly options: ResolvedAuditOptions,
    private readonly audit: AuditService,
    private readonly roles: RolesReader,
    private readonly denials: AccessDenials,
  ) {}

  @Get()
  async list(@Req() request: HttpRequest & { query?: unknown }): Promise<object> {
    await this.assertMayRead(request);
    const search = searchOf(await validated(AuditQueryDto, { ...(request.query as JsonObject) }));
    const { entries, next } = await this.audit.find(search);
    return { entries: entries.map(presented), next };
  }

  /** Before a word of the query is looked at: strangers learn nothing but that they may not. */
  private async assertMayRead(request: HttpRequest): Promise<void> {
    const { permission } = this.options;
    const { permissions } = await this.roles.rolesOf(request.auth!.userId);
    if (permissions.includes(permission)) return;
    this.denials.note(request, { handler: 'AuditController.list', required: [permission] });
    throw new ForbiddenAccessException();
  }
}

const presented = ({ at, ...entry }: StoredAuditEntry): object => ({ ...entry, at: iso(at) });
