/** Says what is wrong beside the fields it is about, and the rest below them. */
export function showFaults(form, { body, retryAfter }) {
  const general = [];
  for (const fault of body?.details ?? []) {
    const field = form.elements.namedItem(fault.field);
    if (field instanceof HTMLInputElement) mark(field, fault.message);
    else general.push(fault.message);
  }
  const marked = form.querySelector('[aria-invalid]');
  if (general.length === 0 && marked === null) general.push(body?.message ?? 'That did not work.');
  if (retryAfter !== undefined) general.push(`Try again in ${retryAfter} s.`);
  form.querySelector('.message').textContent = general.join(' ');
  marked?.focus();
}

export function clearFaults(form) {
  form.querySelector('.message').textContent = '';
  for (const fault of form.querySelectorAll('.fault')) fault.remove();
  for (const field of form.querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-describedby');
  }
}

function mark(field, message) {
  const fault = document.createElement('p');
  fault.className = 'fault';
  fault.id = `${field.form.id}-${field.name}-fault`;
  fault.textContent = message;
  field.after(fault);
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', fault.id);
}
