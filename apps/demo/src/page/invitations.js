import { $, element, onClick, when } from './dom.js';

/** Those that the signed-in user has sent and nobody has accepted yet. */
export class Invitations {
  #client;
  #stillIn;

  constructor(client, stillIn) {
    this.#client = client;
    this.#stillIn = stillIn;
  }

  async show() {
    const answer = await this.#client.look('/auth/invitations');
    if (!this.#stillIn(answer) || !answer.ok) return;
    $('invitations').replaceChildren(...answer.body.invitations.map((one) => this.#item(one)));
  }

  async invite({ email }) {
    const answer = await this.#client.call('POST', '/auth/invitations', { email });
    if (answer.ok) await this.show();
    return answer;
  }

  #item({ id, email, expiresAt }) {
    const item = element('li');
    const about = element('div');
    about.append(element('p', email), element('small', `until ${when(expiresAt)}`));
    const actions = element('div', '', 'actions');
    actions.append(
      this.#button('Send again', `Send the invitation of ${email} again`, 'POST', `/auth/invitations/${id}/resend`),
      this.#button('Revoke', `Revoke the invitation of ${email}`, 'DELETE', `/auth/invitations/${id}`),
    );
    item.append(about, actions);
    return item;
  }

  #button(text, label, method, path) {
    const button = element('button', text);
    button.type = 'button';
    button.ariaLabel = label;
    onClick(button, async () => {
      if (this.#stillIn(await this.#client.call(method, path))) await this.show();
    });
    return button;
  }
}
