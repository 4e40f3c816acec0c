/** The palette: a few letters lead to a record, a page or a deed. Ctrl K or a press on the search box opens it; it is there before the next letter. */
import { _, icon, make, say, sheet } from './live.js';

const WAIT = 60;
const SHEET = new URL('../css/palette.css', import.meta.url).href;
let dialog = null;
let input = null;
let list = null;
let timer = 0;
let asking = null; // the answer on its way
let number = 0;

export function open(text = '') {
  if (!dialog) build();
  if (dialog.open) return;
  dialog.showModal();
  input.value = text;
  input.select();
  ask();
}

function build() {
  input = make('input', { type: 'search', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'palette-list', 'aria-autocomplete': 'list', 'aria-label': _('Search or jump to…'), placeholder: _('Search or jump to…'), autocomplete: 'off', spellcheck: 'false' });
  list = make('div', { id: 'palette-list', role: 'listbox', 'aria-label': _('Search everything') });
  dialog = make('dialog', { class: 'palette', 'aria-label': _('Search everything') }, make('div', { class: 'palette-top' }, icon('search'), input, make('kbd', { 'aria-hidden': 'true' }, 'Esc')), list);
  sheet(SHEET);
  document.body.append(dialog);
  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(ask, WAIT); });
  dialog.addEventListener('keydown', keys);
  dialog.addEventListener('mousedown', (event) => { if (event.target === dialog) dialog.close(); });
  list.addEventListener('mousemove', (event) => { const row = event.target.closest('[role=option]'); if (row) mark(row); });
}

function ask() {
  clearTimeout(timer);
  timer = 0;
  const mine = (number += 1);
  asking = fetch(`/palette?q=${encodeURIComponent(input.value)}`, { headers: { Accept: 'application/json' } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)))
    .then((found) => { if (mine === number) fill(found); })
    .catch(() => { if (mine === number) list.replaceChildren(make('p', { class: 'palette-none' }, _('The server did not answer. Try again.'))); });
  return asking;
}

const rows = () => [...list.querySelectorAll('[role=option]')];

function fill(found) {
  const groups = found.groups.map(({ label, items }) => make('div', { role: 'group', 'aria-label': label }, make('div', { class: 'palette-g', 'aria-hidden': 'true' }, label), ...items.map(row)));
  if (found.more) groups.push(row({ ...found.more, icon: 'search', detail: '' }));
  list.replaceChildren(...groups);
  if (!found.groups.length) list.prepend(make('p', { class: 'palette-none' }, _('Nothing found')));
  rows().forEach((one, n) => { one.id = `palette-${n}`; });
  mark(rows()[0]);
  list.scrollTop = 0;
  say(_('%(n)s results', { n: rows().length - (found.more ? 1 : 0) }));
}

function row(item) {
  const sign = item.tone ? make('span', { class: `tile tone-${item.tone}` }, icon(item.icon)) : icon(item.icon || 'circle');
  return make('a', { role: 'option', href: item.url, tabindex: '-1', 'aria-selected': 'false' }, sign, make('span', { class: 'palette-l cut' }, item.label), make('small', { class: 'cut' }, item.detail || ''));
}

function mark(chosen) {
  for (const one of rows()) one.setAttribute('aria-selected', String(one === chosen));
  if (chosen) input.setAttribute('aria-activedescendant', chosen.id);
  else input.removeAttribute('aria-activedescendant');
}

async function keys(event) {
  const all = rows();
  const at = all.findIndex((one) => one.getAttribute('aria-selected') === 'true');
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    const next = all[(at + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length];
    mark(next);
    next?.scrollIntoView({ block: 'nearest' });
  } else if (event.key === 'Enter') {
    event.preventDefault();
    const elsewhere = event.ctrlKey || event.metaKey;
    if (timer) ask();
    await asking; // who types quickly gets what the last letter finds
    const chosen = list.querySelector('[aria-selected=true]');
    if (!chosen) return;
    if (elsewhere) window.open(chosen.href, '_blank', 'noopener');
    else location.assign(chosen.href);
  }
}
