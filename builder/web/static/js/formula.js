/** A formula while it is written: checked after each pause, with the place of what is wrong; pieces to insert. */
import { _, csrf, icon, make, on } from '../../platform/js/live.js';

const PAUSE = 400;
let waiting = 0;

function says(area, ...children) {
  area.form.querySelector('[data-formula-says]').replaceChildren(...children);
}

async function check(area) {
  const asked = area.value;
  if (!asked.trim()) return says(area);
  const body = new URLSearchParams(new FormData(area.form));
  const isWhole = area.dataset.formulaForm !== undefined;
  for (const name of [...body.keys()]) if (!isWhole && !['type', 'blanks', 'field'].includes(name)) body.delete(name);
  body.set('formula', asked);
  body.set('csrf_token', csrf());
  const answer = await fetch(area.dataset.formula, { method: 'POST', body }).catch(() => null);
  if (!answer?.ok || area.value !== asked) return undefined;
  const { problems, said } = await answer.json();
  area.setAttribute('aria-invalid', String(problems.length > 0));
  if (!problems.length) return says(area, make('p', { class: 'formula-ok' }, icon('circle-check', 'i-s'), said || _('The formula is understood.')));
  const lead = asked.length - asked.trimStart().length;
  return says(area, make('ul', {}, ...problems.map((problem) => line(area, problem, lead))));
}

function line(area, problem, lead) {
  const place = make('button', { class: 'link', type: 'button' }, _('Line %(line)s, character %(column)s', problem));
  place.addEventListener('click', () => {
    area.focus();
    area.setSelectionRange(problem.start + lead, Math.max(problem.end, problem.start + 1) + lead);
  });
  return make('li', { class: 'err' }, icon('circle-alert', 'i-s'), make('span', {}, place, ' ', problem.message));
}

/* a function goes in as far as its opening bracket, an operator without its letters */
function textOf(piece) {
  if (/^[A-Z]+\(\)$/.test(piece)) return piece;
  if (/^[A-Z]+\(/.test(piece)) return piece.slice(0, piece.indexOf('(') + 1);
  const operator = piece.match(/^a (\S+) b$/);
  return operator ? ` ${operator[1]} ` : piece.replace(/^([-+])a$/, '$1');
}

function insert(area, text) {
  area.focus();
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
  area.dispatchEvent(new Event('input', { bubbles: true }));
}

/* --- words to choose from while writing: fields, parents and functions, with their help --- */

const MOST = 8;
const known = new Map();
let offer = null; /* {area, list, words, at, from} */

async function wordsAt(area, path) {
  const url = new URL(area.dataset.words, location.href);
  url.searchParams.set('path', path);
  if (!known.has(url.href)) {
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) return [];
    known.set(url.href, (await answer.json()).words);
  }
  return known.get(url.href);
}

/* within a text or a comment nothing is offered */
function isOutside(before) {
  const bare = before.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'/g, ' ');
  return !/["']|\/\*/.test(bare);
}

async function suggest(area, isAsked) {
  const at = area.selectionStart;
  const before = area.value.slice(0, at);
  const word = before.match(/[\p{L}_$][\p{L}\p{N}_.$:]*$/u)?.[0] ?? '';
  if (at !== area.selectionEnd || !isOutside(before) || (!word && !isAsked)) return close();
  const path = word.slice(0, word.lastIndexOf('.') + 1);
  const found = await wordsAt(area, path);
  if (area.selectionStart !== at || document.activeElement !== area) return undefined;
  const wanted = word.toLowerCase();
  const part = wanted.slice(path.length);
  const begins = found.filter((one) => one.text.toLowerCase().startsWith(wanted));
  const holds = part ? found.filter((one) => !begins.includes(one) && (one.label.toLowerCase().includes(part) || one.text.toLowerCase().slice(path.length).includes(part))) : [];
  if (part) begins.sort((a, b) => a.text.length - b.text.length);
  const words = [...begins, ...holds].slice(0, MOST);
  if (!words.length || (!isAsked && words.length === 1 && words[0].text === word)) return close();
  return show(area, words, at - word.length);
}

function show(area, words, from) {
  close();
  const id = `${area.id}-words`;
  const list = make('ul', { class: 'formula-words', id, role: 'listbox', 'aria-label': _('Fields and functions') }, ...words.map((one, n) => make('li', { id: `${id}-${n}`, role: 'option', 'aria-selected': 'false', class: 'piece' }, make('span', {}, make('code', {}, one.text), make('small', {}, one.label === one.text ? one.help : [one.label, one.help].filter(Boolean).join(' · '))))));
  area.after(list);
  area.setAttribute('aria-controls', id);
  area.setAttribute('aria-expanded', 'true');
  offer = { area, list, words, at: 0, from };
  point(0);
  list.addEventListener('mousedown', (event) => {
    event.preventDefault();
    const row = event.target.closest('li');
    if (row) take([...list.children].indexOf(row));
  });
}

function point(to) {
  const { area, list, words } = offer;
  list.children[offer.at].setAttribute('aria-selected', 'false');
  offer.at = (to + words.length) % words.length;
  const row = list.children[offer.at];
  row.setAttribute('aria-selected', 'true');
  row.scrollIntoView({ block: 'nearest' });
  area.setAttribute('aria-activedescendant', row.id);
}

function close() {
  if (!offer) return;
  offer.list.remove();
  for (const name of ['aria-controls', 'aria-activedescendant']) offer.area.removeAttribute(name);
  offer.area.setAttribute('aria-expanded', 'false');
  offer = null;
}

function take(n) {
  const { area, words, from } = offer;
  const text = textOf(words[n].text);
  close();
  area.setRangeText(text, from, area.selectionStart, 'end');
  area.dispatchEvent(new Event('input', { bubbles: true }));
  if (text.endsWith('.')) suggest(area, true);
  else close();
}

for (const area of document.querySelectorAll('[data-words]')) {
  area.setAttribute('role', 'combobox');
  area.setAttribute('aria-autocomplete', 'list');
  area.setAttribute('aria-expanded', 'false');
}
on('keydown', '[data-words]', (event, area) => {
  if (event.ctrlKey && event.code === 'Space') {
    event.preventDefault();
    suggest(area, true);
  } else if (offer?.area === area) {
    const keys = { ArrowDown: () => point(offer.at + 1), ArrowUp: () => point(offer.at - 1), Enter: () => take(offer.at), Tab: () => take(offer.at), Escape: close };
    if (!(event.key in keys) || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }
});
on('focusout', '[data-words]', close);

on('input', '[data-formula]', (event, area) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => check(area), PAUSE);
  if (area.dataset.words && event.isTrusted) suggest(area, false);
});
on('change', '[name="type"], [name="blanks"]', (_event, control) => {
  const area = control.form?.querySelector('[data-formula]');
  if (area) check(area);
});
on('click', '[data-insert]', (_event, button) => {
  const area = button.closest('form').querySelector('[data-formula]');
  insert(area, textOf(button.dataset.insert));
});
on('input', '[data-piece-find]', (_event, search) => {
  const words = search.value.trim().toLowerCase();
  for (const group of search.closest('[data-pieces]').querySelectorAll('details')) {
    let found = 0;
    for (const piece of group.querySelectorAll('[data-piece-words]')) {
      piece.hidden = !piece.dataset.pieceWords.toLowerCase().includes(words);
      found += !piece.hidden;
    }
    group.hidden = !found;
    if (words) group.open = found > 0;
  }
});
on('keydown', '[data-piece-find]', (event) => { if (event.key === 'Enter') event.preventDefault(); });
