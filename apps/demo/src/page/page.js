import { Client } from './client.js';
import { $, ago, busy, element, onClick, when } from './dom.js';
import { clearFaults, showFaults } from './faults.js';
import { Invitations } from './invitations.js';
import { Mailbox } from './mailbox.js';

const client = new Client(showAnswer);
const mailbox = new Mailbox(client);
const invitations = new Invitations(client, stillIn);
let mode = 'signin';

/* What the server said last */

const shortened = (key, value) => (key.endsWith('Token') && value.length > 24 ? `${value.slice(0, 20)}…` : value);

function showAnswer({ method, path, status, body }) {
  // Whatever was asked may have caused mail.
  if (method !== 'GET') mailbox.lookSoon();
  $('status').textContent = `${method} ${path} → ${status || 'no answer'}`;
  $('answer').textContent = body === null ? '' : JSON.stringify(body, shortened, 2);
}

/* Signed out */

function setMode(next) {
  mode = next;
  const isSignUp = mode === 'signup';
  $('mode-signin').ariaPressed = String(!isSignUp);
  $('mode-signup').ariaPressed = String(isSignUp);
  $('name-field').hidden = !isSignUp;
  $('entrance-title').textContent = $('enter').textContent = isSignUp ? 'Create an account' : 'Sign in';
  $('entrance-form').elements.password.autocomplete = isSignUp ? 'new-password' : 'current-password';
  clearFaults($('entrance-form'));
}

function showEntrance(message = '') {
  client.forget();
  for (const form of document.forms) {
    form.reset();
    clearFaults(form);
  }
  chooseDelivery();
  setMode('signin');
  $('account').hidden = true;
  $('entrance').hidden = false;
  $('entrance-form').querySelector('.message').textContent = message;
}

function chooseDelivery() {
  const offered = document.body.dataset.delivery.split(' ');
  const { delivery } = $('entrance-form').elements;
  for (const choice of delivery) {
    choice.checked = choice.value === offered[0];
    choice.closest('label').hidden = !offered.includes(choice.value);
  }
  followDelivery();
}

function followDelivery() {
  const { delivery, remember } = $('entrance-form').elements;
  remember.closest('label').hidden = delivery.value !== 'cookie';
}

async function enter({ email, password, name, delivery, remember }) {
  const body = { email, password, delivery };
  if (delivery === 'cookie' && remember) body.remember = true;
  if (mode === 'signup' && name !== '') body.name = name;
  const answer = await client.call('POST', `/auth/${mode}`, body);
  if (answer.status === 202) showEntrance('Open the mail that we have sent you: there is an account once you confirm.');
  else if (answer.ok) {
    client.hold(answer.body);
    await showAccount();
  }
  return answer;
}

/** Where mail does not tell whether there is an account, neither does the page. */
async function askFor(path) {
  const form = $('mail-form');
  clearFaults(form);
  $('mail-note').textContent = '';
  const answer = await client.call('POST', path, { email: form.elements.email.value });
  if (answer.ok) $('mail-note').textContent = 'If there is something to send to this address, it is on its way.';
  else showFaults(form, answer);
}

/** Where only tokens are on, the mailed link leads here. */
function takeLink() {
  const token = /^#([\w-]+\.[\w-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, '', location.pathname);
  $('link-notice').hidden = false;
  onClick($('link-enter'), async () => {
    const answer = await client.call('POST', '/auth/magic-link/verify', { token, delivery: 'bearer' });
    $('link-notice').hidden = true;
    if (!answer.ok) return showEntrance(answer.body.message);
    client.hold(answer.body);
    await showAccount();
  });
}

/* Signed in */

async function showAccount() {
  const me = await client.look('/auth/me');
  if (!me.ok) return showEntrance(me.status === 401 ? '' : me.body.message);
  const { user, session } = me.body;
  $('entrance').hidden = true;
  $('account').hidden = false;
  $('refresh').hidden = !client.holdsTokens;
  $('password-form').elements.username.defaultValue = user.email;
  const facts = {
    'E-mail': `${user.email} (${user.emailConfirmed ? 'confirmed' : 'not confirmed'})`,
    Name: user.name ?? '–',
    Roles: user.roles.join(', ') || '–',
    Held: client.holdsTokens ? 'as tokens in memory' : 'by a cookie',
    'Last proof': when(session.authTime),
  };
  $('who').replaceChildren(...Object.entries(facts).flatMap(([term, fact]) => [element('dt', term), element('dd', fact)]));
  $('confirm-again').hidden = user.emailConfirmed;
  $('confirm-again').dataset.email = user.email;
  await Promise.all([showSessions(), invitations.show()]);
}

async function showSessions() {
  const answer = await client.look('/auth/sessions');
  if (!stillIn(answer) || !answer.ok) return;
  const { body } = answer;
  $('sessions').replaceChildren(...body.sessions.map(sessionItem));
  $('end-others').hidden = body.sessions.length < 2;
}

function sessionItem({ id, current, device, ip, createdAt, lastSeenAt }) {
  const item = element('li');
  const about = element('div');
  about.append(
    element('p', device ?? 'Unknown device'),
    element('small', `${ip} · since ${when(createdAt)} · seen ${ago(lastSeenAt)}`),
  );
  item.append(about, current ? element('span', 'this one', 'badge') : endButton(id, device));
  return item;
}

function endButton(id, device) {
  const button = element('button', 'End');
  button.type = 'button';
  button.ariaLabel = `End the session of ${device ?? 'an unknown device'}`;
  onClick(button, async () => stillIn(await client.call('DELETE', `/auth/sessions/${id}`)) && showSessions());
  return button;
}

/** A 401 in the middle of it all means that the session has ended. */
function stillIn({ status }) {
  if (status === 401) showEntrance('This session has ended.');
  return status !== 401;
}

/* Wires */

function onSubmit(form, act) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    void busy(form.querySelector('button.primary, button.danger'), async () => {
      clearFaults(form);
      const answer = await act(values);
      if (!answer.ok && (form.id === 'entrance-form' || stillIn(answer))) showFaults(form, answer);
      else if (answer.ok) form.reset();
    });
  });
}

$('mode-signin').addEventListener('click', () => setMode('signin'));
$('mode-signup').addEventListener('click', () => setMode('signup'));
$('delivery-field').addEventListener('change', followDelivery);
onSubmit($('entrance-form'), enter);
$('mail-form').addEventListener('submit', (event) => event.preventDefault());
onClick($('mail-link'), () => askFor('/auth/magic-link'));
onClick($('mail-forgot'), () => askFor('/auth/password/forgot'));
onClick($('mail-resend'), () => askFor('/auth/email/resend'));

onClick($('me'), showMe);
onClick($('private'), async () => stillIn(await client.call('GET', '/private')));
onClick($('refresh'), async () => stillIn(await client.refresh()));
onClick($('signout'), async () => {
  const answer = await client.call('POST', '/auth/signout');
  if (answer.ok) showEntrance('');
});
onClick($('reload-sessions'), showSessions);
onClick($('end-others'), async () => stillIn(await client.call('DELETE', '/auth/sessions')) && showSessions());

async function showMe() {
  stillIn(await client.call('GET', '/auth/me'));
}

onSubmit($('password-form'), async ({ currentPassword, newPassword }) => {
  const answer = await client.call('POST', '/auth/password/change', { currentPassword, newPassword });
  if (answer.ok) {
    client.hold(answer.body);
    await showAccount();
  }
  return answer;
});

onSubmit($('email-form'), ({ email }) => client.call('POST', '/auth/email/change', { email }));
onClick($('email-cancel'), async () => stillIn(await client.call('DELETE', '/auth/email/change')));
onClick($('confirm-again'), () => client.call('POST', '/auth/email/resend', { email: $('confirm-again').dataset.email }));
onSubmit($('invitation-form'), (values) => invitations.invite(values));

onSubmit($('step-up-form'), async ({ password }) => {
  const answer = await client.call('POST', '/auth/step-up', { password });
  if (answer.ok) await showAccount();
  return answer;
});

onSubmit($('delete-form'), async ({ password }) => {
  const answer = await client.call('DELETE', '/auth/me', password === '' ? {} : { password });
  if (answer.ok) showEntrance('The account is gone.');
  return answer;
});

const { origin } = document.body.dataset;
if (location.origin !== origin) {
  $('origin-link').href = $('origin-link').textContent = origin;
  $('origin-notice').hidden = false;
}
takeLink();
await Promise.all([showAccount(), mailbox.look()]);
