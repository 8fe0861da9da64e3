import { MailService } from 'nestjs-latchkey';

class AwaitedMail extends MailService {
  async queue(request) {
    await super.queue(request);
    await this.dispatcher.drain();
  }
}

export const fault = {
  title: 'the request waits until its mail has been composed and sent',
  overrides: [{ provide: MailService, useClass: AwaitedMail }],
};
