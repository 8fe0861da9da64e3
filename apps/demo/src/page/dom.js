export const $ = (id) => document.getElementById(id);

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
export const when = (time) => moment.format(new Date(time));

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export function ago(time) {
  const minutes = Math.round((new Date(time) - Date.now()) / 60_000);
  if (minutes > -1) return 'just now';
  return minutes > -60 ? relative.format(minutes, 'minute') : relative.format(Math.round(minutes / 60), 'hour');
}

export function element(name, text = '', className = '') {
  const node = document.createElement(name);
  node.textContent = text;
  node.className = className;
  return node;
}

export function onClick(button, act) {
  button.addEventListener('click', () => busy(button, act));
}

export async function busy(button, act) {
  button.disabled = true;
  try {
    await act();
  } finally {
    button.disabled = false;
  }
}
