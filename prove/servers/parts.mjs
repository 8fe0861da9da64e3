// What the applications of the experiments have in common.
import { Module } from '@nestjs/common';
import { MailTransport } from 'nestjs-latchkey';
import { SmtpMail } from 'nestjs-latchkey/mail';
import { settings } from '../../bench/servers/application.mjs';
import { decorateClass } from '../../bench/servers/decorate.mjs';

const faults = await Promise.all(settings.faults.map((name) => import(`../faults/${name}.mjs`)));

/** The providers that replace the library's own: of `settings.faults`, names of files in `prove/faults`. */
export const faultOverrides = faults.flatMap(({ overrides }) => overrides);

class NoWhere extends MailTransport {
  async send() {}
  async verify() {}
}
class NoWhereMail {}
decorateClass(NoWhereMail, [Module({ providers: [{ provide: MailTransport, useClass: NoWhere }], exports: [MailTransport] })]);

/** @param {number | null} smtp the port of a mail server; with `null` mail goes nowhere */
export function mailTo(smtp) {
  if (smtp === null) return NoWhereMail;
  return SmtpMail.forRoot({ url: `smtp://127.0.0.1:${smtp}`, from: 'Latchkey <no-reply@example.com>' });
}
