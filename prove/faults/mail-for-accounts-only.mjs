import { MailService, UserRepository } from 'nestjs-latchkey';

export const overrides = [
  {
    provide: MailService,
    inject: [UserRepository, ...Reflect.getMetadata('design:paramtypes', MailService)],
    useFactory: (users, ...dependencies) => {
      class MailForAccounts extends MailService {
        async queue(request) {
          if ((await users.findByEmail(request.job.email)) !== null) await super.queue(request);
        }
      }
      return new MailForAccounts(...dependencies);
    },
  },
];
