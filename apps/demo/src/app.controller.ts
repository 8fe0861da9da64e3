import { Body, Controller, Get, Post } from '@nestjs/common';
import { CurrentUser, Public, Roles } from 'nestjs-latchkey';
import type { User } from './user.entity.js';

@Controller()
export class AppController {
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
}
