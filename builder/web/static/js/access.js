/**
 * The matrix of field access, and ticks that bring others along. Without it the cells are plain selects.
 *
 * A select [data-cell] becomes a button that goes round its options: click, Space or Enter; Shift goes back. Arrows, Home and End
 * move; the first letter of an option sets it; dragging over cells sets them all to the first one's new level; menus fill a column.
 * [data-fill-row] fills a row; [data-row-count] and [data-column-count] say how many cells are not "none".
 * Only changed cells are sent. [data-changed] counts them. A tick's data-needs names the ticks of its row that come with it.
 */
import { _, make, on, say } from '../../platform/js/live.js';

const selects = (within) => [...within.querySelectorAll('select[data-cell]')];
const buttonOf = (select) => select.nextElementSibling;
const isChanged = (select) => select.value !== select.dataset.saved;
let stroke = null; // the level that a drag spreads

function show(select) {
  const button = buttonOf(select);
  const option = select.selectedOptions[0];
  button.textContent = option.text;
  button.className = `lv lv-${select.value}${isChanged(select) ? ' changed' : ''}`;
  button.setAttribute('aria-label', `${select.dataset.label}: ${option.text}`);
}

function set(select, level) {
  if (![...select.options].some((option) => option.value === level) || select.value === level) return;
  select.value = level;
  show(select);
  select.dispatchEvent(new Event('change', { bubbles: true }));
}

function step(select, by) {
  const count = select.options.length;
  set(select, select.options[(select.selectedIndex + by + count) % count].value);
}

function count(form) {
  const changed = selects(form).filter(isChanged).length;
  const shown = form.querySelector('[data-changed]');
  if (!shown) return;
  shown.hidden = !changed;
  shown.textContent = _('%(n)s changed', { n: changed });
}

function enhance(matrix) {
  for (const select of selects(matrix)) {
    if (buttonOf(select)) continue;
    select.dataset.label = select.getAttribute('aria-label');
    select.hidden = true;
    select.after(make('button', { type: 'button', tabindex: '-1' }));
    show(select);
  }
  const first = matrix.querySelector('button.lv');
  if (first) first.tabIndex = 0;
  if (matrix.closest('form')) count(matrix.closest('form'));
}

function go(from, to) {
  if (!to) return;
  from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

/** The next cell in a direction that can be changed and is not narrowed away. */
function beside(button, rows, columns) {
  const cell = button.closest('td');
  if (columns) {
    let next = cell;
    do next = columns > 0 ? next.nextElementSibling : next.previousElementSibling; while (next && !next.querySelector('button.lv'));
    return next?.querySelector('button.lv');
  }
  let row = cell.parentElement;
  do row = rows > 0 ? row.nextElementSibling : row.previousElementSibling; while (row && (row.hidden || !row.cells[cell.cellIndex]?.querySelector('button.lv')));
  return row?.cells[cell.cellIndex].querySelector('button.lv');
}

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
on('keydown', '[data-matrix] button.lv', (event, button) => {
  const select = button.previousElementSibling;
  if (MOVES[event.key] && !event.altKey) { event.preventDefault(); go(button, beside(button, ...MOVES[event.key])); return; }
  if (event.key === 'Home' || event.key === 'End') {
    const all = [...button.closest('tr').querySelectorAll('button.lv')];
    event.preventDefault();
    go(button, all.at(event.key === 'Home' ? 0 : -1));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === ' ') return;
  const wanted = [...select.options].find((option) => option.text.toLocaleLowerCase().startsWith(event.key.toLocaleLowerCase()));
  if (wanted) { event.preventDefault(); event.stopPropagation(); set(select, wanted.value); }
}, true);

/* a press sets the cell at once and may be drawn over others; a click by key comes without a press */
on('pointerdown', '[data-matrix] button.lv', (event, button) => {
  if (event.button || event.pointerType !== 'mouse') return;
  step(button.previousElementSibling, event.shiftKey ? -1 : 1);
  stroke = { level: button.previousElementSibling.value, matrix: button.closest('[data-matrix]') };
});
on('pointerover', '[data-matrix] button.lv', (event, button) => {
  if (stroke && button.closest('[data-matrix]') === stroke.matrix) set(button.previousElementSibling, stroke.level);
});
addEventListener('pointerup', () => { stroke = null; });
on('click', '[data-matrix] button.lv', (event, button) => {
  for (const other of button.closest('[data-matrix]').querySelectorAll('button.lv[tabindex="0"]')) other.tabIndex = -1;
  button.tabIndex = 0;
  if (event.pointerType === 'mouse') return;
  step(button.previousElementSibling, event.shiftKey ? -1 : 1);
});

on('click', '[data-fill-column]', (event, button) => {
  const matrix = document.getElementById('access-matrix');
  const column = Number(button.dataset.at) + 1;
  event.preventDefault();
  for (const row of matrix.querySelectorAll('tbody tr:not([hidden])')) {
    const select = row.cells[column]?.querySelector('select[data-cell]');
    if (select) set(select, button.dataset.level || select.dataset.saved);
  }
  button.closest('details')?.removeAttribute('open');
  say(matrix.closest('form').querySelector('[data-changed]')?.textContent || '');
});

on('click', '[data-fill-row]', (event, button) => {
  const row = button.closest('tr');
  event.preventDefault();
  for (const select of selects(row)) set(select, button.dataset.level || select.dataset.saved);
  button.closest('details')?.removeAttribute('open');
  say(row.closest('form').querySelector('[data-changed]')?.textContent || '');
});

/* how many cells of a row and of a column say yes, where the page counts them */
function tally(select) {
  const cell = select.closest('td');
  const row = cell.parentElement.querySelector('[data-row-count]');
  if (!row) return;
  row.textContent = selects(cell.parentElement).filter((one) => one.value !== 'none').length;
  const column = select.closest('table').querySelector(`[data-column-count="${cell.cellIndex}"]`);
  column.textContent = [...select.closest('tbody').rows].filter((one) => one.cells[cell.cellIndex].querySelector('select').value !== 'none').length;
}

on('change', 'select[data-cell]', (event, select) => { count(select.form); tally(select); });
document.addEventListener('submit', (event) => {
  for (const select of selects(event.target)) if (!isChanged(select)) select.disabled = true;
  setTimeout(() => { for (const select of selects(event.target)) select.disabled = false; });
});

on('change', '[data-needs]', (event, box) => {
  const needs = box.dataset.needs.split(' ');
  for (const other of box.closest('tr').querySelectorAll('[data-needs]')) {
    if (box.checked && needs.includes(other.value)) other.checked = true;
    if (!box.checked && other.dataset.needs.split(' ').includes(box.value)) other.checked = false;
  }
});

function begin() { document.querySelectorAll('[data-matrix]').forEach(enhance); }
addEventListener('trellis:fill', begin);
begin();
