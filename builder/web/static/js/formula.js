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
  const whole = area.dataset.formulaForm === undefined ? {} : new FormData(area.form);
  const body = new URLSearchParams(whole);
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

on('input', '[data-formula]', (_event, area) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => check(area), PAUSE);
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
