/** Conditions of a layout while its form is filled: asked of the server after each pause, shown at their places. */
import { csrf, make, on, say, _ } from '../../platform/js/live.js';

const PAUSE = 250;
let waiting = 0;
let asking = null;

async function ask(form) {
  asking?.abort();
  asking = new AbortController();
  const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === 'string'));
  body.set('csrf_token', csrf());
  const answer = await fetch(form.dataset.state, { method: 'POST', body, signal: asking.signal }).catch(() => null);
  if (answer?.ok) take(form, await answer.json());
}

function take(form, state) {
  const [hidden, closed, readonly, required] = ['hidden', 'closed', 'readonly', 'required'].map((key) => new Set(state[key]));
  let shown = 0;
  let freed = 0;
  for (const place of form.querySelectorAll('[data-section]')) place.hidden = closed.has(place.dataset.section);
  for (const place of form.querySelectorAll('[data-cell]')) {
    const id = place.dataset.cell;
    if (place.hidden && !hidden.has(id)) shown += 1;
    place.hidden = hidden.has(id);
    const fixed = place.hidden || readonly.has(id);
    freed += place.disabled && !fixed;
    place.disabled = fixed;
    star(place, required.has(id));
  }
  if (shown) say(_('More fields are shown.'));
  if (freed) ask(form); // what stands there counts again
}

function star(place, is) {
  const label = place.querySelector('.fl');
  const control = place.querySelector('input:not([type=hidden]), select, textarea');
  const sign = label?.querySelector('.req');
  if (is && label && !sign) label.append(' ', make('span', { class: 'req', 'aria-hidden': 'true' }, '*'));
  if (!is) sign?.remove();
  if (control && control.type !== 'checkbox') {
    control.required = is;
    control.setAttribute('aria-required', String(is));
  }
}

function wait(event, form) {
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(form), PAUSE);
}
on('input', 'form[data-state]', wait);
on('change', 'form[data-state]', wait);
