/** Lists: choosing rows of the page or the whole list, the bulk bar, walking rows by keys (j k x Enter). */
import { _, isTyping, on, say } from './live.js';

const boxes = (form) => [...document.querySelectorAll(`input[name=ids][form="${form}"]`)];
let last = null; // the box that was pressed before, for Shift

function update(form) {
  const all = boxes(form);
  const chosen = all.filter((box) => box.checked).length;
  const bar = document.getElementById(form);
  bar?.classList.toggle('show', chosen > 0);
  const isAll = chosen > 0 && chosen === all.length;
  const whole = bar?.querySelector('[data-select-whole]');
  if (whole && !isAll) whole.checked = false; // a row that is left out is meant to be
  bar?.classList.toggle('all', isAll);
  const number = bar?.querySelector('[data-bulk-count]');
  if (number) number.textContent = whole?.checked ? whole.dataset.text : number.dataset.text.replace('%(n)s', chosen);
  for (const head of document.querySelectorAll('[data-select-all]')) {
    head.checked = isAll;
    head.indeterminate = chosen > 0 && !isAll;
  }
}

on('change', 'input[name=ids]', (event, box) => update(box.getAttribute('form')));
on('click', 'input[name=ids]', (event, box) => {
  const all = boxes(box.getAttribute('form'));
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
  update(box.getAttribute('form'));
});
on('change', '[data-select-all]', (event, head) => {
  const all = [...head.closest('table').querySelectorAll('input[name=ids]')];
  for (const box of all) box.checked = head.checked;
  if (all[0]) update(all[0].getAttribute('form'));
});
on('change', '[data-select-whole]', (event, box) => update(box.form.id));
on('click', '[data-bulk-clear]', (event, button) => {
  const form = button.closest('[data-bulk]').id;
  for (const box of boxes(form)) box.checked = false;
  update(form);
  say(_('Nothing selected'));
});

const rows = () => [...document.querySelectorAll('[data-rows] > tbody:not([hidden]) > tr')];
function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.classList.contains('at'));
  const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))];
  all[at]?.classList.remove('at');
  to?.classList.add('at');
  to?.scrollIntoView({ block: 'nearest' });
  (to?.querySelector('a') || to)?.focus();
}
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || localStorage.getItem('single-keys') === 'off') return;
  if (document.querySelector('dialog[open], .menu[open]') || !rows().length) return;
  const row = document.querySelector('tr.at');
  if (event.key === 'j' || event.key === 'k') step(event.key === 'j' ? 1 : -1);
  else if (event.key === 'x' && row) row.querySelector('input[name=ids]')?.click();
  else if (event.key === 'Enter' && row && event.target === document.body) row.querySelector('a')?.click();
});

export function refresh() {
  for (const form of new Set([...document.querySelectorAll('input[name=ids][form]')].map((box) => box.getAttribute('form')))) update(form);
}
refresh();
