import type { Mail } from 'nestjs-latchkey';
import type { AuthApp } from '../auth-app.js';

/** Everything that the application has sent to the address, oldest first. */
export async function mailTo(app: AuthApp, address: string): Promise<Mail[]> {
  const { sent } = await app.deliverMail();
  return sent.filter(({ to }) => to === address);
}

/** The token of the newest mail to the address. */
export const tokenFor = async (app: AuthApp, address: string): Promise<string> => (await app.deliverMail()).tokenFor(address);
