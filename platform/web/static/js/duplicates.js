/** While a new record is written: what may be here already, from the address of the form's data-duplicates. */
import { on } from './live.js';

const WAIT = 350;
const NAMES = ['Name', 'FirstName', 'LastName', 'Email', 'Phone', 'MobilePhone'];
const timers = new WeakMap();
const asked = new WeakMap();

on('input', 'form[data-duplicates] input', (event, input) => {
  if (!NAMES.includes(input.name)) return;
  clearTimeout(timers.get(input.form));
  timers.set(input.form, setTimeout(() => ask(input.form), WAIT));
});

async function ask(form) {
  const place = form.querySelector('[data-duplicates-here]');
  const query = new URLSearchParams(NAMES.map((name) => [name, form.elements[name]?.value || '']).filter(([, value]) => value.trim()));
  const text = query.toString();
  if (!place || asked.get(form) === text) return;
  asked.set(form, text);
  try {
    const answer = await fetch(`${form.dataset.duplicates}?${text}`);
    if (answer.ok && asked.get(form) === text) put(place, await answer.text());
  } catch { /* a hint: without an answer there is none */ }
}

function put(place, text) {
  const page = new DOMParser().parseFromString(text, 'text/html');
  place.replaceChildren(...[...page.body.childNodes].map((node) => document.importNode(node, true)));
}
