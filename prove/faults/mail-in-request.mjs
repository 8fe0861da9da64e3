import { MailService } from 'nestjs-latchkey';

class AwaitedMail extends MailService {
  async queue(request) {
    await super.queue(request);
    await this.dispatcher.drain();
  }
}

export const overrides = [{ provide: MailService, useClass: AwaitedMail }];
