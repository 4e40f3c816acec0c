/** Mentions: an @ in a text opens a list of people, by keyboard or pointer. Loaded where a text may mention. */
import { _, make, on, say } from './live.js';

const WAIT = 140;
const FRAGMENT = /(?:^|[\s(])@([^\s@][^@\n]{0,40})?$/;
let timer = 0;
let asked = 0;

const parts = (box) => ({ text: box.querySelector('textarea'), list: box.querySelector('[role=listbox]') });

/** What is typed behind the @ before the caret; null where there is none. */
function fragment(text) {
  const found = FRAGMENT.exec(text.value.slice(0, text.selectionStart));
  return found ? found[1] || '' : null;
}

function show(box, open) {
  const { text, list } = parts(box);
  list.hidden = !open;
  if (!open) text.removeAttribute('aria-activedescendant');
}

async function search(box) {
  const { text, list } = parts(box);
  const words = fragment(text);
  const mine = ++asked;
  if (words === null) { show(box, false); return; }
  const address = new URL(box.dataset.mention, location.href);
  address.searchParams.set('q', words);
  const answer = await fetch(address, { headers: { Accept: 'application/json' } }).catch(() => null);
  if (mine !== asked || document.activeElement !== text) return;
  const { items } = answer?.ok ? await answer.json() : { items: [] };
  list.replaceChildren(...items.map((item, n) => make('div', { role: 'option', id: `${list.id}-${n}`, 'data-id': item.id, 'data-label': item.label, 'aria-selected': 'false' }, make('span', { class: `av tone-${item.tone}`, 'aria-hidden': 'true' }, item.label.slice(0, 1)), make('span', {}, item.label))));
  show(box, items.length > 0);
  if (!items.length) return;
  mark(box, 0);
  say(_('%(n)s results', { n: items.length }));
}

function mark(box, to) {
  const { text, list } = parts(box);
  const rows = [...list.children];
  rows.forEach((row, n) => row.setAttribute('aria-selected', String(n === to)));
  text.setAttribute('aria-activedescendant', rows[to].id);
  rows[to].scrollIntoView({ block: 'nearest' });
}

function choose(box, row) {
  const { text } = parts(box);
  const end = text.selectionStart;
  const start = end - (fragment(text) || '').length;
  text.setRangeText(`${row.dataset.label} `, start, end, 'end');
  box.append(make('input', { type: 'hidden', name: 'mentioned', value: row.dataset.id }));
  text.dispatchEvent(new Event('change', { bubbles: true }));
  show(box, false);
  text.focus();
}

on('input', '[data-mention] textarea', (event, text) => {
  clearTimeout(timer);
  timer = setTimeout(() => search(text.closest('[data-mention]')), WAIT);
});
on('keydown', '[data-mention] textarea', (event, text) => {
  const box = text.closest('[data-mention]');
  const { list } = parts(box);
  if (list.hidden || event.isComposing || event.ctrlKey || event.metaKey) return;
  const rows = [...list.children];
  const at = rows.findIndex((row) => row.getAttribute('aria-selected') === 'true');
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) mark(box, (at + step + rows.length) % rows.length);
  else if (event.key === 'Enter' || event.key === 'Tab') choose(box, rows[at]);
  else if (event.key === 'Escape') show(box, false);
  else return;
  event.preventDefault();
  event.stopPropagation();
});
on('pointerdown', '[data-mention] [role=option]', (event, row) => {
  event.preventDefault();
  choose(row.closest('[data-mention]'), row);
});
on('focusout', '[data-mention]', (event, box) => { if (!box.contains(event.relatedTarget)) show(box, false); });

/** The text says that a list belongs to it. */
export function refresh(within = document) {
  for (const box of within.querySelectorAll('[data-mention]')) {
    const { text, list } = parts(box);
    text.setAttribute('aria-autocomplete', 'list');
    text.setAttribute('aria-controls', list.id);
  }
}
