/**
 * Columns of a list: edges to drag and to move by keys, a menu for each (sort, total, place, width). Loaded when first needed.
 *
 * Markup: table[data-settings=address of what is kept][data-fields=address of the sheet of fields], its heads th[data-col=path],
 * with data-total="function" where something can be added up; table[data-totals] are the functions as JSON {name: label}.
 */
import { _, csrf, icon, make, on, say } from './live.js';
import { refresh as lazily } from './parts.js';

const STEP = 16; // px of one press of an arrow
const LEAST = 48;
const MOST = 800;

const headsOf = (table) => [...table.querySelectorAll('thead th[data-col]')];
const labelOf = (head) => head.dataset.label || head.querySelector('a')?.textContent.trim() || head.firstChild.textContent.trim();

/* --- widths -------------------------------------------------------------------------------------- */
/** Gives every column the width that it has, so that one can be changed without the others. */
function fix(table) {
  if (table.style.tableLayout === 'fixed') return;
  const heads = [...table.querySelectorAll('thead th')];
  const widths = heads.map(widthOf);
  heads.forEach((head, n) => put(head, widths[n]));
  table.classList.add('dt-fixed');
  table.style.tableLayout = 'fixed';
}
function put(head, size) {
  head.style.width = `${Math.round(size)}px`;
}

function resize(table, head, width) {
  fix(table);
  const size = Math.max(LEAST, Math.min(MOST, Math.round(width)));
  put(head, size);
  head.querySelector('[role=separator]').setAttribute('aria-valuenow', size);
  const heads = [...table.querySelectorAll('thead th')];
  const left = table.parentElement.clientWidth - heads.reduce((sum, one) => sum + parseFloat(one.style.width), 0);
  const last = heads.at(-1);
  if (left > 0 && last !== head) put(last, parseFloat(last.style.width) + left);
  return size;
}

/** What was set counts, not what is drawn: that may be a frame behind. */
const widthOf = (head) => parseFloat(head.style.width) || head.getBoundingClientRect().width;

async function keep(table, pairs) {
  const body = new URLSearchParams([['csrf_token', csrf()], ...pairs]);
  await fetch(table.dataset.settings, { method: 'POST', body, headers: { 'X-Part': '1' } });
}
const keepWidths = (table) => keep(table, headsOf(table).map((head) => ['width', `${head.dataset.col}:${Math.round(parseFloat(head.style.width))}`]));

let drag = null;
on('pointerdown', 'th > [role=separator]', (event, edge) => {
  if (event.button) return;
  event.preventDefault();
  const head = edge.parentElement;
  drag = { head, table: head.closest('table'), x: event.clientX, width: widthOf(head), id: event.pointerId };
  document.documentElement.classList.add('sizing');
});
addEventListener('pointermove', (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  drag.moved = true;
  resize(drag.table, drag.head, drag.width + event.clientX - drag.x);
});
addEventListener('pointerup', () => end());
addEventListener('pointercancel', () => end());
function end() {
  if (!drag) return;
  if (drag.moved) keepWidths(drag.table);
  drag = null;
  document.documentElement.classList.remove('sizing');
}
on('dblclick', 'th > [role=separator]', async (event, edge) => {
  await keep(edge.closest('table'), [['reset', '1']]);
  location.reload();
});
on('keydown', 'th > [role=separator]', (event, edge) => {
  const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
  if (!by) return;
  event.preventDefault();
  const head = edge.parentElement;
  resize(head.closest('table'), head, widthOf(head) + by);
  edge.dataset.moved = '1';
});
on('focusout', 'th > [role=separator]', (event, edge) => {
  if (!edge.dataset.moved) return;
  delete edge.dataset.moved;
  keepWidths(edge.closest('table'));
});

function widen(head, by) {
  const table = head.closest('table');
  const size = resize(table, head, widthOf(head) + by);
  say(_('%(name)s is %(n)s pixels wide', { name: labelOf(head), n: size }));
  return keepWidths(table);
}

/* --- the menu of a column ------------------------------------------------------------------------ */
function row(label, sign, deed, checked) {
  const button = make('button', { class: 'mi', type: 'button', 'aria-pressed': checked === undefined ? null : String(checked), 'aria-current': checked ? 'true' : null }, ...(sign ? [icon(sign)] : []), label, ...(checked ? [icon('check')] : []));
  button.addEventListener('click', () => { button.closest('.menu').open = false; deed(); });
  return button;
}
const line = () => make('div', { class: 'menu-line', role: 'separator' });

function sorted(path) {
  const address = new URL(location.href);
  for (const name of ['after', 'before', 'from']) address.searchParams.delete(name);
  address.searchParams.set('sort', path);
  location.assign(address);
}

async function order(table, paths) {
  const body = new URLSearchParams([['csrf_token', csrf()], ...paths.flatMap((path) => [['columns', path], ['column_order', path]])]);
  const answer = await fetch(table.dataset.fields, { method: 'POST', body });
  if (answer.ok) location.assign(answer.url);
}

async function total(head, table, what) {
  await keep(table, [['total', `${head.dataset.col}:${what}`]]);
  head.dataset.total = what;
  const figures = document.getElementById('figures');
  if (!figures?.dataset.address) return;
  figures.dataset.lazy = figures.dataset.address;
  lazily(figures.parentElement);
}

function rowsOf(head) {
  const table = head.closest('table');
  const paths = headsOf(table).map((one) => one.dataset.col);
  const at = paths.indexOf(head.dataset.col);
  const path = paths[at];
  const moved = (by) => { const all = paths.filter((one) => one !== path); all.splice(at + by, 0, path); return all; };
  const rows = [];
  if (head.querySelector('a')) rows.push(row(_('Ascending'), 'arrow-up', () => sorted(path)), row(_('Descending'), 'arrow-down', () => sorted(`-${path}`)), line());
  if (head.dataset.group) rows.push(row(_('Group by this'), 'layers', () => location.assign(head.dataset.group)), line());
  if (head.dataset.total) {
    rows.push(make('div', { class: 'menu-h' }, _('Total')));
    for (const [what, label] of Object.entries(JSON.parse(table.dataset.totals))) rows.push(row(label, '', () => total(head, table, what), what === head.dataset.total));
    rows.push(line());
  }
  if (at > 0) rows.push(row(_('Move left'), 'arrow-left', () => order(table, moved(-1))));
  if (at < paths.length - 1) rows.push(row(_('Move right'), 'arrow-right', () => order(table, moved(1))));
  rows.push(row(_('Wider'), 'plus', () => widen(head, 3 * STEP)), row(_('Narrower'), 'minus', () => widen(head, -3 * STEP)));
  if (paths.length > 1) rows.push(line(), row(_('Hide'), 'eye-off', () => order(table, paths.filter((one) => one !== path))));
  return rows;
}
for (const type of ['pointerover', 'focusin']) {
  on(type, 'th > .menu > summary', (event, summary) => summary.nextElementSibling.replaceChildren(...rowsOf(summary.closest('th'))));
}

export function refresh(within = document) {
  for (const table of within.querySelectorAll('table[data-settings]:not([data-edges])')) {
    table.dataset.edges = '';
    for (const head of headsOf(table)) {
      const label = labelOf(head);
      head.append(
        make('details', { class: 'menu menu-end' }, make('summary', { 'aria-label': _('Menu of %(name)s', { name: label }) }, icon('chevron-down')), make('div', { class: 'menu-b' })),
        make('span', { role: 'separator', class: 'edge', tabindex: '-1', 'aria-orientation': 'vertical', 'aria-label': _('Width of %(name)s', { name: label }), 'aria-valuenow': Math.round(widthOf(head)), 'aria-valuemin': LEAST, 'aria-valuemax': MOST }),
      );
    }
  }
}
