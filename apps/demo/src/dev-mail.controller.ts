import { Controller, Get } from '@nestjs/common';
import { MailTransport, Public } from 'nestjs-latchkey';
import { type CapturedMail, ConsoleMailTransport } from 'nestjs-latchkey/mail';

/** Mails that would have been sent, newest first; none when they are sent. Registered in development only. */
@Public()
@Controller('dev/mail')
export class DevMailController {
  constructor(private readonly mail: MailTransport) {}

  @Get()
  list(): CapturedMail[] {
    return this.mail instanceof ConsoleMailTransport ? this.mail.recent() : [];
  }
}
