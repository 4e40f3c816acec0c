/**
 * Cells of a list are edited where they stand: a double click or F2 opens one, Tab saves and goes to the next, Enter saves and goes down,
 * Escape leaves it as it was. The form is the one of the edit page, as in inline.js, so checks and conflicts are those of that page.
 * Markup: table[data-edits] with heads th[data-edits=field]. Loaded when first needed.
 */
import { _, make, on } from './live.js';
import { adopt, toast } from './overlay.js';
import { above, fieldOf, read, show } from './inline.js';

let work = null; // the open cell: {row, name, cell, kept, whole, form, before}

const rowsIn = (table) => [...table.querySelectorAll('tbody:not([hidden]) > tr[data-row]')];
const heads = (table) => [...table.querySelectorAll('thead th')];

/** {field: cell} of what can be edited in a row, from the left. */
function cellsOf(row) {
  const found = new Map();
  heads(row.closest('table')).forEach((head, n) => { if (head.dataset.edits) found.set(head.dataset.edits, row.children[n]); });
  return found;
}
const labelOf = (row, name) => heads(row.closest('table')).find((head) => head.dataset.edits === name).querySelector('a')?.textContent.trim();
const said = (form) => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === 'string')).toString();

on('dblclick', 'table[data-edits] td', (event, cell) => {
  if (event.target.closest('a, button, input, select, textarea, label')) return;
  const found = [...cellsOf(cell.parentElement)].find(([, one]) => one === cell);
  if (!found) return;
  getSelection()?.removeAllRanges();
  open(cell.parentElement, found[0]);
});
on('keydown', 'table[data-edits] tr[data-row]', (event, row) => {
  if (event.key !== 'F2' || work) return;
  event.preventDefault();
  const cells = [...cellsOf(row)];
  const [name] = cells.find(([, cell]) => cell.contains(event.target)) || cells[0] || [];
  if (name) open(row, name);
});

async function open(row, name) {
  if (work) close();
  const cell = cellsOf(row).get(name);
  cell.setAttribute('aria-busy', 'true');
  try {
    const { page } = await read(await fetch(`/r/${row.dataset.row}/edit`));
    const whole = page.querySelector('#main form[method=post]');
    const field = fieldOf(whole, name, labelOf(row, name));
    if (field) put({ row, name, cell, whole, kept: [...cell.childNodes] }, field);
    else toast(_('This value cannot be changed here.'), { kind: 'bad' });
  } catch {
    toast(_('The server did not answer. Try again.'), { kind: 'bad' });
  } finally {
    cell.removeAttribute('aria-busy');
  }
}

function put(next, field) {
  for (const help of field.querySelectorAll(':is(.fl, .f-top) button')) help.remove(); // what is not seen takes no focus
  const form = make('form', { class: 'cell-form', novalidate: true }, ...above(next.whole, field), document.adoptNode(field));
  work = { ...next, form };
  form.addEventListener('submit', (event) => { event.preventDefault(); event.stopPropagation(); save('down'); });
  work.cell.replaceChildren(form);
  work.cell.classList.add('editing');
  dispatchEvent(new CustomEvent('trellis:fill', { detail: form }));
  work.before ??= said(form);
  const control = form.querySelector('[aria-invalid=true], input:not([type=hidden]), select, textarea, summary');
  control?.focus();
  if (control?.matches('input:not([role=combobox])')) control.select(); // to be typed over
}

function close() {
  const { cell, kept, row } = work;
  work = null;
  cell.classList.remove('editing');
  cell.replaceChildren(...kept);
  row.querySelector('a')?.focus();
}

const CONTROLS = 'input:not([type=hidden]), select, textarea, summary';
addEventListener('keydown', (event) => {
  if (!work?.form.contains(event.target) || event.defaultPrevented || event.isComposing) return;
  const picks = event.target.closest('.pick[open]');
  if (event.key === 'Escape' && !picks) close();
  else if (event.key === 'Enter' && !picks && !event.target.matches('button, summary') && (!event.target.matches('textarea') || event.ctrlKey || event.metaKey)) save('down');
  else if (event.key === 'Tab' && !event.ctrlKey && !event.altKey) {
    const all = [...work.form.querySelectorAll(CONTROLS)].filter((one) => one.checkVisibility() && one.tabIndex >= 0);
    if (all.length > 1 && event.target !== (event.shiftKey ? all[0] : all.at(-1))) return; // a field of several controls
    save(event.shiftKey ? 'back' : 'on');
  } else return;
  event.preventDefault();
  event.stopPropagation();
});
/* a press elsewhere saves what was changed */
addEventListener('pointerdown', (event) => { if (work && !work.cell.contains(event.target) && !event.target.closest?.('dialog, [popover], .toasts')) save(''); });

/** [id of the row, field] of the cell that is next in that direction; nothing at the edge of the table. */
function beyond(way) {
  const rows = rowsIn(work.row.closest('table'));
  const names = [...cellsOf(work.row).keys()];
  const at = rows.indexOf(work.row);
  const wide = names.length;
  const place = { down: [at + 1, work.name], on: null, back: null, '': [-1, ''] }[way];
  if (place) return rows[place[0]] ? [rows[place[0]].dataset.row, place[1]] : null;
  const number = at * wide + names.indexOf(work.name) + (way === 'on' ? 1 : -1);
  const row = rows[Math.floor(number / wide)];
  return row ? [row.dataset.row, names[((number % wide) + wide) % wide]] : null;
}

async function save(way) {
  const mine = work;
  const next = beyond(way);
  if (said(mine.form) === mine.before) { close(); go(next, mine.row); return; }
  if (mine.form.hasAttribute('aria-busy')) return;
  mine.form.setAttribute('aria-busy', 'true');
  try {
    const sent = new URLSearchParams([...new FormData(mine.whole), ...new FormData(mine.form)].filter(([, value]) => typeof value === 'string'));
    const { answer, page } = await read(await fetch(`/r/${mine.row.dataset.row}/edit`, { method: 'POST', body: sent }));
    if (!answer.redirected) { refused(mine, answer, page); return; }
    const row = await fresh(mine);
    for (const line of page.querySelectorAll('.toasts [data-toast]')) adopt(leadingBack(line));
    go(next, row);
  } catch {
    mine.form.removeAttribute('aria-busy');
    toast(_('The server did not answer. Try again.'), { kind: 'bad' });
  }
}

/** What is wrong with the value is said at it; anything else, a conflict too, is the affair of the whole form. */
function refused(mine, answer, page) {
  const again = page.querySelector('#main form[method=post]');
  const field = again && fieldOf(again, mine.name, labelOf(mine.row, mine.name));
  if (answer.status !== 409 && field?.matches('.has-err, :has(.has-err)')) put({ ...mine, whole: again, form: null }, field);
  else { work = null; show(page, answer, ''); }
}

/** The row as the list has it now; null when it is not on this page any more. */
async function fresh(mine) {
  const { page } = await read(await fetch(location.href));
  const found = page.querySelector(`tr[data-row="${CSS.escape(mine.row.dataset.row)}"]`);
  if (work === mine) work = null;
  if (!found) { mine.row.remove(); return null; }
  const row = document.importNode(found, true);
  const box = row.querySelector('input[name=ids]');
  if (box) box.checked = mine.row.querySelector('input[name=ids]')?.checked ?? false;
  row.classList.toggle('at', mine.row.classList.contains('at'));
  mine.row.replaceWith(row);
  dispatchEvent(new CustomEvent('trellis:fill', { detail: row }));
  return row;
}

function leadingBack(line) {
  const mine = document.importNode(line, true);
  for (const form of mine.querySelectorAll('form[action*="/undo"]')) form.setAttribute('action', `${form.getAttribute('action')}?${new URLSearchParams({ back: location.pathname + location.search })}`);
  return mine;
}

function go(next, row) {
  const there = next && document.querySelector(`table[data-edits] tr[data-row="${CSS.escape(next[0])}"]`);
  if (there) open(there, next[1]);
  else row?.querySelector('a')?.focus();
}
