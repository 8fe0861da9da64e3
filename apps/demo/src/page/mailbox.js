import { $, element, onClick } from './dom.js';

const SHOWN = 6;
/** When mail that was just asked for has probably been composed: milliseconds. */
const SOON = [400, 1500, 4000];

/** What the demo would have sent, where it sends nothing: in development, without an SMTP server. */
export class Mailbox {
  #client;
  #isOn = document.body.dataset.mailbox === 'on';

  constructor(client) {
    this.#client = client;
    $('mailbox').hidden = !this.#isOn;
    onClick($('mailbox-look'), () => this.look());
  }

  async look() {
    if (!this.#isOn) return;
    const { ok, body } = await this.#client.look('/dev/mail');
    if (!ok) return;
    $('mailbox-empty').hidden = body.length > 0;
    $('mails').replaceChildren(...body.slice(0, SHOWN).map(mailItem));
  }

  lookSoon() {
    for (const delay of SOON) setTimeout(() => this.look(), delay);
  }
}

function mailItem({ to, subject, text }) {
  const item = element('li');
  const about = element('div');
  about.append(element('p', subject), element('small', `to ${to}`));
  item.append(about);
  const link = /https?:\/\/\S+#\S+/.exec(text)?.[0];
  if (link !== undefined) {
    const follow = element('a', 'Open the link');
    follow.href = link;
    follow.target = '_blank';
    follow.rel = 'noreferrer';
    follow.ariaLabel = `Open the link to ${to}: ${subject}`;
    item.append(follow);
  }
  return item;
}
