import { Body, Controller, Get, Header, Post, ServiceUnavailableException } from '@nestjs/common';
import { CurrentUser, Public, Roles } from 'nestjs-latchkey';
import { DatabaseHealth } from './database-health.js';
import type { User } from './user.entity.js';

@Controller()
export class AppController {
  constructor(private readonly database: DatabaseHealth) {}

  @Public()
  @Get('open')
  open() {
    return { open: true };
  }

  @Get('private')
  whoAmI(@CurrentUser() { id, email }: User) {
    return { id, email };
  }

  @Post('private')
  echo(@Body() body: unknown) {
    return body;
  }

  @Roles('admin')
  @Get('admin')
  admin() {
    return { admin: true };
  }

  @Public()
  @Get('health')
  @Header('Cache-Control', 'no-store')
  async health() {
    if (await this.database.answers()) return { status: 'ok' };
    throw new ServiceUnavailableException({ status: 'unavailable', database: 'does not answer' });
  }
}
