/** The lookup box (role=combobox): asks an address while one types, keyboard all through, offers to create. Also makes a long <select> searchable. */
import { _, icon, make, on, say } from './live.js';

const WAIT = 140;
const waiting = new WeakMap(); // {box: timer}
const asked = new WeakMap(); // {box: number of the last question}

const parts = (box) => ({
  input: box.querySelector('[role=combobox]'),
  value: box.querySelector('[data-lookup-value]'),
  list: box.querySelector('[role=listbox]'),
});

function show(box, open) {
  const { input, list } = parts(box);
  list.hidden = !open;
  input.setAttribute('aria-expanded', String(open));
  if (!open) input.removeAttribute('aria-activedescendant');
}

async function search(box, text) {
  const { input } = parts(box);
  const mine = (asked.get(box) || 0) + 1;
  asked.set(box, mine);
  const found = await (box.choices ? box.choices(text) : fetched(box, text));
  if (asked.get(box) !== mine || document.activeElement !== input) return;
  fill(box, found, text);
}

async function fetched(box, text) {
  const address = new URL(box.dataset.lookup, location.href);
  address.searchParams.set('q', text);
  if (box.dataset.lifted) address.searchParams.set('all', '1');
  for (const name of (box.dataset.lookupWith || '').split(' ').filter(Boolean)) {
    const control = box.closest('form')?.elements[name];
    if (control) address.searchParams.set(`with.${name}`, control.type === 'checkbox' ? control.checked : control.value);
  }
  const answer = await fetch(address, { headers: { Accept: 'application/json' } });
  if (!answer.ok) return { items: [], note: _('The server did not answer. Try again.') };
  return answer.json();
}

function fill(box, found, text) {
  const { list, input } = parts(box);
  const rows = (found.items || []).map((item, n) => option(list.id, n, item, text));
  if (found.create) rows.push(creator(list.id, rows.length, found.create, text));
  if (found.lift) rows.push(make('div', { role: 'option', class: 'new', id: `${list.id}-${rows.length}`, 'data-lift': text, 'aria-selected': 'false' }, icon('list-filter'), make('span', {}, found.lift)));
  const note = rows.length && found.items?.length ? [] : [make('p', { role: 'presentation' }, found.note || _('Nothing found'))];
  list.replaceChildren(...note, ...rows);
  show(box, true);
  mark(box, rows.length && text ? 0 : -1);
  say(_('%(n)s results', { n: found.items?.length || 0 }));
  input.setAttribute('aria-expanded', 'true');
}

function option(id, n, item, text) {
  const words = make('span', {}, ...marked(item.label, text));
  if (item.detail) words.append(make('small', {}, item.detail));
  const row = make('div', { role: 'option', id: `${id}-${n}`, 'data-id': item.id, 'data-label': item.label, 'aria-selected': 'false' });
  if (item.icon) row.append(make('span', { class: `tile tone-${item.tone || 8}` }, icon(item.icon)));
  else if (item.tone) row.append(make('span', { class: `swatch tone-${item.tone}` }));
  row.append(words);
  return row;
}

function creator(id, n, create, text) {
  const label = text ? _('%(name)s: %(text)s', { name: create.label, text }) : create.label;
  return make('div', { role: 'option', class: 'new', id: `${id}-${n}`, 'data-create': create.url, 'aria-selected': 'false' }, icon('plus'), make('span', {}, label));
}

function marked(label, text) {
  const at = text ? label.toLocaleLowerCase().indexOf(text.toLocaleLowerCase()) : -1;
  if (at < 0) return [label];
  return [label.slice(0, at), make('mark', {}, label.slice(at, at + text.length)), label.slice(at + text.length)];
}

function mark(box, to) {
  const { input, list } = parts(box);
  const rows = [...list.querySelectorAll('[role=option]')];
  rows.forEach((row, n) => row.setAttribute('aria-selected', String(n === to)));
  if (rows[to]) {
    input.setAttribute('aria-activedescendant', rows[to].id);
    rows[to].scrollIntoView({ block: 'nearest' });
  } else input.removeAttribute('aria-activedescendant');
}

function choose(box, row) {
  const { input, value } = parts(box);
  if (row.dataset.lift !== undefined) {
    box.dataset.lifted = box.dataset.lifted ? '' : 'yes';
    search(box, row.dataset.lift);
    return;
  }
  if (row.dataset.create) {
    const address = new URL(row.dataset.create, location.href);
    address.searchParams.set('name', input.value);
    address.searchParams.set('for', value.name);
    show(box, false);
    const form = () => openForm(box, address.href);
    // What can make the record by its name alone cancels this event; it may still call detail.form() for the whole form.
    const event = new CustomEvent('trellis:create', { bubbles: true, cancelable: true, detail: { address: address.href, text: input.value, form } });
    if (box.dispatchEvent(event)) form();
    return;
  }
  set(box, row.dataset.id, row.dataset.label);
  show(box, false);
}

async function openForm(box, address) {
  const { input } = parts(box);
  const quick = await import('./quick.js');
  const made = await quick.create(address, input.value);
  if (made) set(box, made.id, made.label);
  input.focus();
}

/** Puts a choice into the box; also the answer of a quick create. */
export function set(box, id, label) {
  const { input, value } = parts(box);
  input.value = label;
  value.value = id;
  box.dataset.chosen = label;
  value.dispatchEvent(new Event('change', { bubbles: true }));
}

on('input', '.lk [role=combobox]', (event, input) => {
  const box = input.closest('.lk');
  parts(box).value.value = '';
  clearTimeout(waiting.get(box));
  waiting.set(box, setTimeout(() => search(box, input.value.trim()), box.choices ? 0 : WAIT));
});
on('click', '.lk [role=combobox]', (event, input) => {
  const box = input.closest('.lk');
  if (!input.readOnly && parts(box).list.hidden) search(box, parts(box).value.value ? '' : input.value.trim());
});
on('keydown', '.lk [role=combobox]', (event, input) => {
  const box = input.closest('.lk');
  const { list } = parts(box);
  const rows = [...list.querySelectorAll('[role=option]')];
  const at = rows.findIndex((row) => row.getAttribute('aria-selected') === 'true');
  if (event.isComposing || input.readOnly) return;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    if (list.hidden) { search(box, parts(box).value.value ? '' : input.value.trim()); return; }
    const step = event.key === 'ArrowDown' ? 1 : -1;
    mark(box, (at + step + rows.length + (at < 0 && step < 0 ? 1 : 0)) % rows.length);
  } else if (event.key === 'Enter' && !list.hidden && rows[at] && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    choose(box, rows[at]);
  } else if (event.key === 'Escape' && !list.hidden) {
    event.preventDefault();
    event.stopPropagation();
    show(box, false);
  } else if (event.key === 'Tab' && !list.hidden && rows[at]?.dataset.id && input.value.trim()) {
    choose(box, rows[at]);
  }
});
on('pointerdown', '.lk [role=option]', (event, row) => {
  event.preventDefault();
  choose(row.closest('.lk'), row);
});
on('focusout', '.lk', (event, box) => {
  if (!box.contains(event.relatedTarget)) show(box, false);
});
on('click', '[data-lookup-clear]', (event, button) => {
  const box = button.closest('.lk');
  set(box, '', '');
  parts(box).input.focus();
});

/* --- a long picklist, searchable ---------------------------------------------------------------- */
function searchable(select) {
  const id = `${select.id}-box`;
  const input = make('input', { type: 'text', role: 'combobox', id, autocomplete: 'off', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': `${id}-list`, placeholder: select.options[0]?.value ? '' : select.options[0]?.text || ' ' });
  const value = make('input', { type: 'hidden', name: select.name, value: select.value, 'data-lookup-value': true });
  const box = make('div', { class: 'lk lk-pick', 'data-lookup': '' }, icon('search'), input, value, make('div', { class: 'lb', id: `${id}-list`, role: 'listbox', 'aria-label': label(select), hidden: true }));
  const options = [...select.options].filter((o) => o.value);
  box.choices = async (text) => ({ items: options.filter((o) => !o.disabled && o.text.toLocaleLowerCase().includes(text.toLocaleLowerCase())).map((o) => ({ id: o.value, label: o.text })) });
  for (const name of ['aria-describedby', 'aria-invalid', 'aria-required']) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  input.value = select.value ? select.selectedOptions[0].text : '';
  document.querySelector(`label[for="${CSS.escape(select.id)}"]`)?.setAttribute('for', id);
  select.replaceWith(box);
}
const label = (select) => select.labels[0]?.textContent.trim() || select.getAttribute('aria-label') || '';

export function refresh(within = document) {
  for (const select of within.querySelectorAll('select[data-search]:not([disabled])')) if (select.options.length > 12) searchable(select);
}
refresh();

