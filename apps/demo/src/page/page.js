import { Client } from './client.js';
import { clearFaults, showFaults } from './faults.js';

const $ = (id) => document.getElementById(id);
const client = new Client(showAnswer);
let mode = 'signin';

/* What the server said last */

const shortened = (key, value) => (key.endsWith('Token') && value.length > 24 ? `${value.slice(0, 20)}…` : value);

function showAnswer({ method, path, status, body }) {
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
    'E-mail': user.email,
    Name: user.name ?? '–',
    Roles: user.roles.join(', ') || '–',
    Held: client.holdsTokens ? 'as tokens in memory' : 'by a cookie',
    'Last proof': when(session.authTime),
  };
  $('who').replaceChildren(...Object.entries(facts).flatMap(([term, fact]) => [element('dt', term), element('dd', fact)]));
  await showSessions();
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

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const when = (time) => moment.format(new Date(time));

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

function ago(time) {
  const minutes = Math.round((new Date(time) - Date.now()) / 60_000);
  if (minutes > -1) return 'just now';
  return minutes > -60 ? relative.format(minutes, 'minute') : relative.format(Math.round(minutes / 60), 'hour');
}

function element(name, text = '', className = '') {
  const node = document.createElement(name);
  node.textContent = text;
  node.className = className;
  return node;
}

/** A 401 in the middle of it all means that the session has ended. */
function stillIn({ status }) {
  if (status === 401) showEntrance('This session has ended.');
  return status !== 401;
}

/* Wires */

function onClick(button, act) {
  button.addEventListener('click', () => busy(button, act));
}

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

async function busy(button, act) {
  button.disabled = true;
  try {
    await act();
  } finally {
    button.disabled = false;
  }
}

$('mode-signin').addEventListener('click', () => setMode('signin'));
$('mode-signup').addEventListener('click', () => setMode('signup'));
$('delivery-field').addEventListener('change', followDelivery);
onSubmit($('entrance-form'), enter);

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
await showAccount();
