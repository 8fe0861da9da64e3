import { Controller, Get } from '@nestjs/common';
import { Public } from 'nestjs-latchkey';

/** Mails that would have been sent, newest first. Registered in development only. */
@Public()
@Controller('dev/mail')
export class DevMailController {
  @Get()
  list(): { to: string; subject: string; text: string; html: string; at: string }[] {
    return [];
  }
}
