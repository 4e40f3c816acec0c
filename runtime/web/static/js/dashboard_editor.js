/** The editor of dashboards: one document, its tiles drawn on real rows; moved and sized by buttons and keys. */
import { _, csrf, icon, make, on, say } from '../../platform/js/live.js';
import { inside } from './dashboard_width.js';

const page = document.querySelector('[data-editor]');
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const reports = read('dashboard-reports');
const fields = new Map(read('dashboard-fields'));
const grid = page.querySelector('[data-grid]');
const clone = (value) => JSON.parse(JSON.stringify(value));
const SIZES = { metric: [3, 1], gauge: [4, 2], pie: [4, 2], donut: [4, 2], heat: [6, 3] };
const drawn = new Map();
let state = read('dashboard-document');
state.components ||= [];
state.filters ||= [];
let saved = JSON.stringify(state);
let past = [];
let future = [];
let edited = '';

function change(deed) {
  const before = clone(state);
  deed(state);
  if (JSON.stringify(before) === JSON.stringify(state)) return;
  past.push(before);
  future = [];
  draw();
}

function step(from, to) {
  if (!from.length) return;
  to.push(state);
  state = from.pop();
  draw();
}

const at = (id) => state.components.findIndex((one) => one.id === id);
const labelOf = (one) => one.title || reports.find((report) => report.name === one.report)?.label || one.report;
const freeId = (rows) => { let n = 1; while (rows.some((one) => one.id === String(n))) n += 1; return String(n); };

/* -- deeds */
function move(id, by) {
  const from = at(id);
  const to = from + by;
  if (to < 0 || to >= state.components.length) return;
  change((now) => now.components.splice(to, 0, ...now.components.splice(from, 1)));
  say(_('%(name)s is at place %(n)s now', { name: labelOf(state.components[to]), n: to + 1 }));
}

function size(id, wide, high) {
  change((now) => {
    const one = now.components[at(id)];
    one.width = Math.min(12, Math.max(2, (one.width || 4) + wide));
    one.height = Math.min(6, Math.max(1, (one.height || 2) + high));
  });
  const one = state.components[at(id)];
  say(_('%(wide)s columns, %(high)s rows', { wide: one.width, high: one.height }));
}

function remove(id) {
  const one = state.components[at(id)];
  change((now) => now.components.splice(at(id), 1));
  say(_('%(name)s removed', { name: labelOf(one) }));
  grid.querySelector('[data-id]')?.focus();
}

function add(report) {
  const [width, height] = SIZES[report.chart] || [6, 2];
  const id = freeId(state.components);
  change((now) => now.components.push({ id, report: report.name, width, height }));
  say(_('%(name)s added', { name: report.label }));
  grid.querySelector(`[data-id="${id}"]`)?.scrollIntoView({ block: 'nearest' });
}

/* -- drawing */
function tool(name, label, deed) {
  const button = make('button', { class: 'ib ib-s', type: 'button', 'aria-label': label, 'data-tip': label, 'data-tool': name }, icon(name));
  button.addEventListener('click', deed);
  return button;
}

function tile(one) {
  const { id } = one;
  const body = make('div', { class: 'db-b', inert: true });
  const bar = make('div', { class: 'de-bar' },
    tool('arrow-left', _('Move left'), () => move(id, -1)), tool('arrow-right', _('Move right'), () => move(id, 1)),
    tool('minus', _('Narrower'), () => size(id, -1, 0)), tool('plus', _('Wider'), () => size(id, 1, 0)),
    tool('chevron-up', _('Lower height'), () => size(id, 0, -1)), tool('chevron-down', _('More height'), () => size(id, 0, 1)),
    tool('settings', _('Settings'), () => settings(id)), tool('trash-2', _('Remove'), () => remove(id)));
  const made = make('section', { class: `db-t dw-${one.width || 4} dh-${one.height || 2}`, tabindex: '0', 'data-id': id, 'aria-label': labelOf(one) }, make('h2', { class: 'cut' }, labelOf(one)), body, bar);
  made.addEventListener('keydown', (event) => keys(event, id));
  return made;
}

function keys(event, id) {
  if (event.target !== event.currentTarget) return;
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (by) {
    event.preventDefault();
    if (event.shiftKey) size(id, ...by); else move(id, by[0] || by[1]);
  } else if (event.key === 'Delete') {
    event.preventDefault();
    remove(id);
  } else if (event.key === 'Enter') {
    event.preventDefault();
    settings(id);
  }
}

function draw() {
  const held = document.activeElement?.closest?.('[data-id]')?.dataset.id;
  const tooled = document.activeElement?.dataset?.tool;
  grid.replaceChildren(...state.components.map(tile));
  if (!state.components.length) grid.append(make('p', { class: 'db-no' }, _('Press a report on the left to put its chart here.')));
  for (const one of state.components) fill(one);
  const home = held && grid.querySelector(`[data-id="${held}"]`);
  if (home) (tooled ? home.querySelector(`[data-tool=${tooled}]`) : home).focus();
  page.querySelector('[data-undo]').disabled = !past.length;
  page.querySelector('[data-redo]').disabled = !future.length;
  page.querySelector('[data-unsaved]').hidden = JSON.stringify(state) === saved;
  page.querySelector('[data-label]').value = state.label;
  filters();
}

/** Draws a tile, from memory where nothing about it has changed. */
async function fill(one) {
  const body = grid.querySelector(`[data-id="${one.id}"] .db-b`);
  const width = inside(body);
  const key = JSON.stringify([one, width]);
  if (!drawn.has(key)) {
    body.setAttribute('aria-busy', 'true');
    const answer = await fetch(`${page.dataset.preview}?w=${width}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf() }, body: JSON.stringify({ component: one }) }).catch(() => null);
    if (answer?.ok) drawn.set(key, await answer.text());
  }
  const now = grid.querySelector(`[data-id="${one.id}"] .db-b`);
  if (!now) return;
  now.removeAttribute('aria-busy');
  const parsed = new DOMParser().parseFromString(drawn.get(key) || '', 'text/html');
  now.replaceChildren(...(drawn.has(key) ? parsed.body.childNodes : [make('p', { class: 'db-no' }, _('This tile could not be drawn. Refresh to try again.'))]));
}

function listed() {
  const words = page.querySelector('[data-find]').value.trim().toLowerCase();
  const found = reports.filter((one) => one.label.toLowerCase().includes(words));
  page.querySelector('[data-reports]').replaceChildren(...found.map((one) => {
    const button = make('button', { class: 'mi', type: 'button', 'data-report': one.name }, icon('chart-column'), one.label);
    button.addEventListener('click', () => add(one));
    return make('li', {}, button);
  }));
}

function filters() {
  page.querySelector('[data-filters]').replaceChildren(...state.filters.map((row, n) => {
    const label = row.label || fields.get(row.field) || row.field;
    const button = make('button', { class: 'ib ib-s', type: 'button', 'aria-label': _('Remove %(name)s', { name: label }) }, icon('x'));
    button.addEventListener('click', () => change((now) => now.filters.splice(n, 1)));
    return make('li', { class: 'with' }, make('span', {}, label), button);
  }));
}

/* -- settings of a tile */
const dialog = document.getElementById('tile-settings');
const form = dialog.querySelector('[data-tile-form]');
function settings(id) {
  edited = id;
  const one = state.components[at(id)];
  form.elements.title.value = one.title || '';
  form.elements.footer.value = one.footer || '';
  form.elements.chartType.value = one.chart?.chartType || '';
  form.elements.bands.value = (one.chart?.bands || []).join(' ');
  dialog.showModal();
}
form.addEventListener('submit', (event) => {
  event.preventDefault();
  const { title, footer, chartType, bands } = form.elements;
  change((now) => {
    const one = now.components[at(edited)];
    for (const [name, control] of [['title', title], ['footer', footer]]) if (control.value.trim()) one[name] = control.value.trim(); else delete one[name];
    const limits = bands.value.split(/[\s;]+/).filter(Boolean).map(Number).filter(Number.isFinite).slice(0, 5);
    if (!chartType.value) { delete one.chart; return; }
    one.chart = { ...one.chart, chartType: chartType.value };
    if (limits.length) one.chart.bands = limits; else delete one.chart.bands;
  });
  dialog.close();
});

/* -- saving */
function whole() {
  const found = clone(state);
  for (const name of ['components', 'filters']) if (!found[name].length) delete found[name];
  return found;
}

async function send(url, method, body) {
  const answer = await fetch(url, { method, headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf() }, body: JSON.stringify(body) }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (answer?.ok) {
    saved = JSON.stringify(state);
    window.location.assign(said.url);
    return;
  }
  const problems = said?.problems || [_('It could not be saved. Try again.')];
  page.querySelector('[data-problems-of]').replaceChildren(make('div', { class: 'banner banner-bad' }, icon('circle-alert'), make('ul', {}, ...problems.map((text) => make('li', {}, text)))));
  document.getElementById('save-dashboard').close();
}

const saveNow = () => (page.dataset.save ? send(page.dataset.save, 'PUT', { document: whole() }) : document.getElementById('save-dashboard').showModal());
document.querySelector('[data-save-form]').addEventListener('submit', (event) => {
  event.preventDefault();
  state.label = event.target.elements.label.value.trim();
  send(page.dataset.saveAs, 'POST', { document: whole(), folder: event.target.elements.folder.value, promise: page.dataset.promise });
});

on('click', '[data-save-now]', saveNow);
on('click', '[data-undo]', () => step(past, future));
on('click', '[data-redo]', () => step(future, past));
on('input', '[data-find]', listed);
on('change', '[data-label]', (event, input) => {
  change((now) => { now.label = input.value; });
  document.querySelector('[data-save-form] [name=label]').value = input.value;
});
for (const [selector, name] of [['[data-description]', 'description'], ['[data-running-user]', 'runningUser']]) {
  on('change', selector, (event, input) => change((now) => { if (input.value.trim()) now[name] = input.value.trim(); else delete now[name]; }));
}
on('change', '[data-add-filter]', (event, control) => {
  const field = control.value;
  control.value = '';
  if (!field || state.filters.some((row) => row.field === field)) return;
  if (state.filters.length >= 5) { say(_('No more fit here.')); return; }
  change((now) => now.filters.push({ id: freeId(now.filters), field }));
});
document.addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || document.querySelector('dialog[open]')) return;
  const key = event.key.toLowerCase();
  const typing = event.target.matches?.('input, textarea');
  if (key === 's') { event.preventDefault(); saveNow(); }
  else if (key === 'z' && !typing) { event.preventDefault(); if (event.shiftKey) step(future, past); else step(past, future); }
  else if (key === 'y' && !typing) { event.preventDefault(); step(future, past); }
});
window.addEventListener('beforeunload', (event) => { if (JSON.stringify(state) !== saved) event.preventDefault(); });

listed();
draw();
