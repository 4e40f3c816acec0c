/** The report builder: fields, groups, columns and filters of one document, with its answer beside it. */
import '../../platform/js/dnd.js';
import { _, csrf, icon, make, on, say } from '../../platform/js/live.js';
import { BucketDialog } from './report_buckets.js';
import { FormulaDialog } from './report_formulas.js';
import { CrossDialog, rowsIn } from './report_cross.js';
import { ReportModel } from './report_model.js';

const page = document.querySelector('[data-report]');
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const fields = new Map(read('report-fields').map((field) => [field.path, field]));
const { granularities, relations, charts } = read('report-words');
const model = new ReportModel(read('report-document'));
const AGGREGATES = { Sum: _('Sum'), Average: _('Average'), Minimum: _('Lowest'), Maximum: _('Highest'), Unique: _('Different values') };
const view = page.querySelector('[data-view]');
const form = page.querySelector('[data-filter-form]');
let asking = null;
let waiting = 0;

const rowsForm = page.querySelector('[data-rows-form]');
const buckets = new BucketDialog(document.getElementById('bucket-dialog'), fields, model, (done) => changed(done));
const crosses = new CrossDialog(document.getElementById('cross-dialog'), relations, page.dataset.cross, model, (done) => changed(done));

const formulas = new FormulaDialog(document.getElementById('formula-dialog'), model, () => ({ totals: totals(), levels: [...model.state.groupingsDown, ...model.state.groupingsAcross].map((row) => [row.field, labelOf(row.field)]) }), checkFormula, (done) => changed(done));
const totals = () => model.totals.map(([name, path, aggregate]) => [name, path ? _('%(aggregate)s of %(field)s', { aggregate: AGGREGATES[aggregate], field: labelOf(path) }) : _('Number of records')]);

/** What is wrong with a formula in this report; nothing when the server cannot be asked. */
async function checkFormula(row) {
  const sent = { document: model.document, formula: row };
  const answer = await fetch(page.dataset.formula, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf() }, body: JSON.stringify(sent) }).catch(() => null);
  return (await answer?.json().catch(() => null))?.problems || [];
}

function formulaChips() {
  page.querySelector('[data-formula-chips]').replaceChildren(...(model.state.aggregates || []).map((one) => make('button', { class: 'btn btn-s', type: 'button', 'data-edit-formula': one.name }, icon('sigma'), one.label)));
}

/** Buckets first, as the palette and the pickers offer fields. */
const bucketFields = () => (model.state.buckets || []).map((one) => ({ path: one.name, label: one.label || one.name, group: _('Buckets'), icon: 'layers', groups: true, aggregates: [], isBucket: true }));
const allFields = () => [...bucketFields(), ...fields.values()];
const fieldOf = (path) => fields.get(path) || bucketFields().find((one) => one.path === path);
const labelOf = (path) => fieldOf(path)?.label || path;

/* -- the answer */
async function ask() {
  asking?.abort();
  asking = new AbortController();
  view.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(page.dataset.preview, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf() }, body: JSON.stringify({ document: model.document }), signal: asking.signal });
    const text = await answer.text();
    const parsed = new DOMParser().parseFromString(text, 'text/html');
    view.replaceChildren(...(answer.ok ? parsed.body.childNodes : [make('p', { class: 'rep-no' }, _('The preview could not be made.'))]));
    for (const link of view.querySelectorAll('a[href]')) link.removeAttribute('href');
    view.removeAttribute('aria-busy');
  } catch (problem) {
    if (problem.name === 'AbortError') return; // a later question is on its way
    view.replaceChildren(make('p', { class: 'rep-no' }, _('The preview could not be made.')));
    view.removeAttribute('aria-busy');
  }
}

function changed(is = true) {
  if (!is) return;
  draw();
  clearTimeout(waiting);
  waiting = setTimeout(ask, 150);
}

/* -- chips */
const sign = (name, label, deed) => {
  const button = make('button', { class: 'mi', type: 'button' }, icon(name), label);
  button.addEventListener('click', deed);
  return button;
};

function chip(zone, row, index) {
  const field = fieldOf(row.field);
  const details = [];
  if (row.dateGranularity && row.dateGranularity !== 'Day') details.push(granularities.find(([name]) => name === row.dateGranularity)?.[1]);
  if (row.aggregateTypes) details.push(...row.aggregateTypes.map((name) => AGGREGATES[name]));
  const summary = make('summary', { class: 'btn btn-s', 'data-lift': '' }, icon(field?.icon || 'layers'), labelOf(row.field), ...(details.length ? [make('span', { class: 'muted' }, details.join(', '))] : []), icon('chevron-down'));
  const body = make('div', { class: 'menu-b' }, ...(zone === 'columns' ? columnChoices(row, index, field) : groupChoices(zone, row, index, field)));
  body.append(
    make('div', { class: 'menu-line', role: 'separator' }),
    sign('arrow-left', _('Move left'), () => changed(model.move(zone, index, -1))),
    sign('arrow-right', _('Move right'), () => changed(model.move(zone, index, 1))),
    ...PLACES.filter((other) => other !== zone && fits(other, field)).map((other) => sign('move', _('Move to %(place)s', { place: zoneName(other) }), () => carry(zone, row.field, other, Infinity))),
    ...(field?.isBucket ? [sign('pencil', _('Change buckets…'), () => buckets.open(row.field))] : []),
    ...(field?.bucket ? [sign('layers', _('Put into buckets…'), () => buckets.open('', row.field))] : []),
    sign('x', _('Remove'), () => changed(model.remove(zone, index))),
  );
  const menu = make('details', { class: 'menu rb-chip', 'data-index': index, 'data-drag': row.field, 'data-label': labelOf(row.field) }, summary, body);
  summary.addEventListener('keydown', (event) => keys(event, zone, index));
  return menu;
}

function keys(event, zone, index) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const side = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.altKey && (by || side)) {
    event.preventDefault();
    event.stopPropagation();
    if (side) carry(zone, model.state[zone][index].field, PLACES[PLACES.indexOf(zone) + side], Infinity);
    else if (model.move(zone, index, by)) { changed(); focus(zone, index + by); }
  } else if (event.key === 'Delete') {
    event.preventDefault();
    const label = labelOf(model.state[zone][index].field);
    changed(model.remove(zone, index));
    say(_('%(name)s removed', { name: label }));
    focus(zone, Math.max(0, index - 1));
  }
}

const focus = (zone, index) => page.querySelector(`[data-zone=${zone}] [data-index="${index}"] summary`)?.focus();

function columnChoices(row, index, field) {
  if (!field) return [];
  return field.aggregates.map((name) => {
    const box = make('input', { type: 'checkbox' });
    box.checked = (row.aggregateTypes || []).includes(name);
    box.addEventListener('change', () => { changed(model.toggle(index, name)); reopen('columns', index); });
    return make('label', { class: 'mi' }, box, AGGREGATES[name]);
  });
}

function select(label, choices, value, deed) {
  const control = make('select', { 'aria-label': label }, ...choices.map(([name, text]) => make('option', { value: name }, text)));
  control.value = value;
  control.addEventListener('change', () => deed(control.value));
  return make('label', { class: 'rb-f' }, make('span', { class: 'muted' }, label), control);
}

function groupChoices(zone, row, index, field) {
  const found = [];
  const set = (name) => (value) => { changed(model.set(zone, index, name, value)); reopen(zone, index); };
  if (field?.day) {
    const periods = granularities.filter(([name]) => field.moment || name !== 'HourInDay');
    found.push(select(_('Period'), periods, row.dateGranularity || 'Day', (value) => set('dateGranularity')(value === 'Day' ? '' : value)));
  }
  const orders = [...totals(), ...(model.state.aggregates || []).map((one) => [one.name, one.label])];
  found.push(select(_('Order by'), [['', _('Value')], ...orders], row.sortByAggregate || '', set('sortByAggregate')));
  found.push(select(_('Direction'), [['', _('Ascending')], ['Desc', _('Descending')]], row.sortOrder === 'Desc' ? 'Desc' : '', set('sortOrder')));
  const tops = [0, 3, 5, 10, 20, 50].map((n) => [String(n), n ? _('First %(n)s', { n }) : _('All groups')]);
  found.push(select(_('Show'), tops, String(row.top || 0), (value) => set('top')(Number(value))));
  return found;
}

const reopen = (zone, index) => page.querySelector(`[data-zone=${zone}] [data-index="${index}"]`)?.setAttribute('open', '');

function adder(zone, fits) {
  const control = make('select', { class: 'rb-add', 'aria-label': _('Add'), 'data-fixed': '' }, make('option', { value: '' }, _('Add…')));
  const groups = new Map();
  for (const field of allFields()) {
    if (!fits(field) || model.has(zone, field.path)) continue;
    if (!groups.has(field.group)) groups.set(field.group, make('optgroup', { label: field.group }));
    groups.get(field.group).append(make('option', { value: field.path }, field.label));
  }
  control.append(...groups.values());
  control.addEventListener('change', () => { if (control.value) add(zone, control.value); });
  return control;
}

/** What a field has where it is put. */
function startOf(zone, field) {
  if (zone !== 'columns') return field.day ? { dateGranularity: 'Month' } : {};
  return field.number && field.aggregates.includes('Sum') ? { aggregateTypes: ['Sum'] } : {};
}

function add(zone, path, index = Infinity) {
  const field = fieldOf(path);
  const done = fits(zone, field) && model.add(zone, path, startOf(zone, field), index);
  say(done ? _('%(name)s added', { name: field.label }) : _('No more fit here.'));
  changed(done);
}

/* -- dragging: within a zone, between zones, and from the palette; Alt+arrows and the menu of a chip do the same */
const PLACES = ['groupingsDown', 'groupingsAcross', 'columns']; // from the top of the page
const zoneName = (zone) => page.querySelector(`[data-zone=${zone}]`).getAttribute('aria-label');
const fits = (zone, field) => Boolean(field) && (zone === 'columns' || field.groups);

function carry(from, path, to, index) {
  const field = fieldOf(path);
  if (!PLACES.includes(to)) return;
  const isGroupStill = from !== 'columns' && to !== 'columns';
  const start = isGroupStill ? model.state[from].find((row) => row.field === path) : startOf(to, field);
  const done = fits(to, field) && model.carry(from, path, to, index, start);
  if (!done && from !== to) say(_('No more fit here.'));
  changed(done);
  const [zone, name] = done ? [to, path] : [from, path];
  page.querySelector(`[data-zone=${zone}] [data-drag="${CSS.escape(name)}"] summary`)?.focus();
}

page.addEventListener('trellis:move', (event) => {
  const { key, from, to, index } = event.detail;
  if (from === 'palette') add(to, key, index);
  else carry(from, key, to, index);
});

/* -- drawing */
function draw() {
  for (const zone of ['groupingsDown', 'groupingsAcross', 'columns']) {
    const home = page.querySelector(`[data-zone=${zone}]`);
    home.replaceChildren(...model.state[zone].map((row, index) => chip(zone, row, index)), adder(zone, (field) => fits(zone, field)));
    if (zone === 'groupingsDown' && model.state.groupingsDown.length && !model.state.groupingsAcross.length) home.append(rowsSwitch());
  }
  chartChoices();
  palette();
  crossChips();
  formulaChips();
  fillRows();
  page.querySelector('[data-undo]').disabled = !model.past.length;
  page.querySelector('[data-redo]').disabled = !model.future.length;
  page.querySelector('[data-unsaved]').hidden = !model.isDirty;
  const count = (model.state.filters || []).length + (model.state.timeFrameFilter ? 1 : 0) + (model.state.crossFilters || []).length + (model.state.roleHierarchyFilter ? 1 : 0);
  page.querySelector('[data-filter-count]').textContent = count || '';
}

function chartChoices() {
  const chart = model.state.chart || {};
  const set = (name) => (value) => {
    changed(model.setChart(name, value));
    page.querySelector(`[data-chart] [data-part=${name}]`)?.focus();
  };
  const part = (name, label, choices, value) => {
    const home = select(label, choices, value, set(name));
    home.querySelector('select').dataset.part = name;
    return home;
  };
  const found = [part('chartType', _('Kind of chart'), [['', _('No chart')], ...charts], chart.isShown === false ? '' : chart.chartType || '')];
  if (chart.chartType && chart.isShown !== false) {
    const totals = model.totals.map(([name, path, aggregate]) => [name, path ? _('%(aggregate)s of %(field)s', { aggregate: AGGREGATES[aggregate], field: labelOf(path) }) : _('Number of records')]);
    found.push(part('measure', _('Shows'), [['', _('The first sum')], ...totals], chart.measures?.[0] || ''));
    const groups = [...model.state.groupingsDown, ...model.state.groupingsAcross].slice(1).map((row) => [row.field, labelOf(row.field)]);
    if (groups.length) found.push(part('secondGroup', _('Split by'), [['', _('None')], ...groups], chart.secondGroup || ''));
    found.push(part('position', _('Position'), [['', _('Above the rows')], ['bottom', _('Below the rows')]], chart.position === 'bottom' ? 'bottom' : ''));
  }
  page.querySelector('[data-chart]').replaceChildren(...found);
}

function rowsSwitch() {
  const box = make('input', { type: 'checkbox' });
  box.checked = model.state.showDetails !== false;
  box.addEventListener('change', () => changed(model.change((state) => { if (box.checked) delete state.showDetails; else state.showDetails = false; })));
  return make('label', { class: 'ck' }, box, make('span', {}, _('Show rows')));
}

function palette() {
  const home = page.querySelector('[data-palette]');
  const words = page.querySelector('[data-find-field]').value.trim().toLowerCase();
  const groups = new Map();
  for (const field of allFields()) {
    if (words && !`${field.label} ${field.group}`.toLowerCase().includes(words)) continue;
    if (!groups.has(field.group)) groups.set(field.group, []);
    groups.get(field.group).push(field);
  }
  const kept = home.scrollTop;
  home.replaceChildren(...[...groups].map(([name, some], n) => {
    const list = make('ul', { class: 'rb-list', 'data-dnd': 'report', 'data-zone': 'palette', 'data-dnd-from': '' }, ...some.map(line));
    return make('details', { class: 'rb-group', open: Boolean(words) || n === 0 || name === firstGroup || opened.has(name) }, make('summary', { class: 'label', 'data-group-name': name }, name), list);
  }));
  home.scrollTop = kept;
}

const opened = new Set();
const firstGroup = fields.values().next().value?.group;
on('click', '[data-group-name]', (event, summary) => {
  const { groupName } = summary.dataset;
  if (summary.parentElement.open) opened.delete(groupName); else opened.add(groupName);
});

function line(field) {
  const used = model.has('columns', field.path);
  const column = make('button', { class: `rb-field${used ? ' rb-used' : ''}`, type: 'button', 'data-add': field.path, 'data-lift': '', draggable: 'false' }, icon(used ? 'check' : field.icon), make('span', { class: 'cut' }, field.label));
  const group = make('button', { class: 'ib ib-s', type: 'button', 'data-group': field.path, 'aria-label': _('Group by %(name)s', { name: field.label }) }, icon('layers'));
  const edit = make('button', { class: 'ib ib-s', type: 'button', 'data-edit-bucket': field.path, 'aria-label': _('Change %(name)s', { name: field.label }) }, icon('pencil'));
  return make('li', { 'data-drag': field.path, 'data-label': field.label }, column, ...(field.groups ? [group] : []), ...(field.isBucket ? [edit] : []));
}

/* -- cross filters, and the order of rows */
function crossChips() {
  const home = page.querySelector('[data-cross-chips]');
  home.replaceChildren(...(model.state.crossFilters || []).map((cross, index) => {
    const more = (cross.filters || []).length;
    const button = make('button', { class: 'btn btn-s', type: 'button', 'data-edit-cross': index }, icon('link-2'), crosses.labelOf(cross), ...(more ? [make('span', { class: 'muted' }, `· ${more}`)] : []));
    if (more) button.setAttribute('aria-label', _('%(words)s, with %(n)s filters', { words: crosses.labelOf(cross), n: more }));
    return button;
  }));
  page.querySelector('[data-add-cross]').disabled = !relations.length || (model.state.crossFilters || []).length >= 5;
}

function fillRows() {
  const { sort_field: first, sort_direction: firstWay, then_field: second, then_direction: secondWay, row_limit: limit } = rowsForm.elements;
  const sort = model.state.sort || [];
  const columns = [...new Set([...model.state.columns, ...sort].map((row) => row.field))].filter((path) => !fieldOf(path)?.isBucket);
  [[first, firstWay], [second, secondWay]].forEach(([field, way], n) => {
    field.replaceChildren(make('option', { value: '' }, _('None')), ...columns.map((path) => make('option', { value: path }, labelOf(path))));
    field.value = sort[n]?.field || '';
    way.value = sort[n]?.descending ? 'desc' : 'asc';
  });
  if (document.activeElement !== limit) limit.value = model.state.rowLimit || '';
  page.querySelector('[data-row-limit]').hidden = model.document.format !== 'Tabular';
  page.querySelector('[data-rows-count]').textContent = sort.length + (model.state.rowLimit ? 1 : 0) || '';
}

rowsForm.addEventListener('change', () => {
  const { sort_field: first, sort_direction: firstWay, then_field: second, then_direction: secondWay, row_limit: limit } = rowsForm.elements;
  const sort = [[first.value, firstWay.value], [second.value, secondWay.value]].filter(([field], n, all) => field && (n === 0 || field !== all[0][0])).map(([field, way]) => ({ field, ...(way === 'desc' ? { descending: true } : {}) }));
  changed(model.putRows(sort, Math.min(100000, Math.floor(Number(limit.value)) || 0)));
});
rowsForm.addEventListener('submit', (event) => event.preventDefault());

/* -- filters */
function fill() {
  const frame = model.state.timeFrameFilter;
  const days = [...fields.values()].filter((field) => field.day);
  const control = form.elements.frame_field;
  control.replaceChildren(make('option', { value: '' }, _('None')), ...days.map((field) => make('option', { value: field.path }, field.group === days[0].group ? field.label : `${field.group}: ${field.label}`)));
  control.value = frame?.field || '';
  form.elements.frame_interval.value = frame ? frame.interval || (frame.startDate || frame.endDate ? 'custom' : '') : '';
  form.elements.frame_start.value = frame?.startDate || '';
  form.elements.frame_end.value = frame?.endDate || '';
  form.elements.role.value = model.state.roleHierarchyFilter || '';
}

function filters() {
  const rows = rowsIn(form);
  const { frame_field: field, frame_interval: interval, frame_start: start, frame_end: end } = form.elements;
  const logic = form.elements.filter_logic.value.trim();
  const scope = form.elements.scope.value;
  changed(model.change((state) => {
    state.filters = rows;
    if (!rows.length) delete state.filters;
    if (logic) state.booleanFilter = logic; else delete state.booleanFilter;
    if (scope && scope !== 'organization') state.scope = scope; else delete state.scope;
    if (form.elements.role.value) state.roleHierarchyFilter = form.elements.role.value; else delete state.roleHierarchyFilter;
    if (!field.value || !interval.value) delete state.timeFrameFilter;
    else if (interval.value === 'custom') state.timeFrameFilter = { field: field.value, startDate: start.value, endDate: end.value };
    else state.timeFrameFilter = { field: field.value, interval: interval.value };
  }));
}

form.addEventListener('change', filters);
form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('click', (event) => { if (event.target.closest('[data-rule-remove]')) setTimeout(filters); });

/* -- saving */
const dialog = document.getElementById('save-report');
async function send(url, method, body) {
  const answer = await fetch(url, { method, headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf() }, body: JSON.stringify(body) }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (answer?.ok) {
    model.keep();
    window.location.assign(said.url);
    return [];
  }
  return said?.problems || [_('It could not be saved. Try again.')];
}

async function saveNow() {
  if (!page.dataset.save) return open();
  const problems = await send(page.dataset.save, 'PUT', { document: model.document });
  if (problems.length) tell(view, problems);
  return undefined;
}

function tell(home, problems) {
  home.replaceChildren(make('div', { class: 'banner banner-bad' }, icon('circle-alert'), make('ul', {}, ...problems.map((text) => make('li', {}, text)))));
  say(problems.join(' '));
}

function open() {
  dialog.querySelector('[name=label]').value = model.state.label;
  dialog.showModal();
}

dialog.querySelector('[data-save-form]').addEventListener('submit', async (event) => {
  event.preventDefault();
  const said = event.target.elements;
  model.change((state) => {
    state.label = said.label.value.trim();
    if (said.description.value.trim()) state.description = said.description.value.trim(); else delete state.description;
  });
  const problems = await send(page.dataset.saveAs, 'POST', { document: model.document, folder: said.folder.value, promise: page.dataset.promise });
  if (problems.length) tell(dialog.querySelector('[data-save-problems]'), problems);
});

on('click', '[data-open-save]', open);
on('click', '[data-save-now]', saveNow);
on('click', '[data-add]', (event, button) => {
  const path = button.dataset.add;
  const at = model.state.columns.findIndex((row) => row.field === path);
  if (at < 0) add('columns', path); else changed(model.remove('columns', at));
  page.querySelector(`[data-add="${CSS.escape(path)}"]`)?.focus();
});
on('click', '[data-new-bucket]', () => buckets.open());
on('click', '[data-edit-bucket]', (event, button) => buckets.open(button.dataset.editBucket));
on('click', '[data-new-formula]', () => formulas.open());
on('click', '[data-edit-formula]', (event, button) => formulas.open(button.dataset.editFormula));
on('click', '[data-add-cross]', () => crosses.open());
on('click', '[data-edit-cross]', (event, button) => crosses.open(Number(button.dataset.editCross)));
on('click', '[data-group]', (event, button) => add('groupingsDown', button.dataset.group));
on('click', '[data-undo]', () => { model.undo(); fill(); changed(); });
on('click', '[data-redo]', () => { model.redo(); fill(); changed(); });
on('input', '[data-find-field]', palette);
on('change', '[data-label]', (event, input) => changed(model.change((state) => { state.label = input.value; })));
document.addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || document.querySelector('dialog[open]')) return;
  const key = event.key.toLowerCase();
  const typing = event.target.matches?.('input:not([type=checkbox]), textarea');
  if (key === 's') { event.preventDefault(); saveNow(); }
  else if (key === 'z' && !typing) { event.preventDefault(); if (event.shiftKey) model.redo(); else model.undo(); fill(); changed(); }
  else if (key === 'y' && !typing) { event.preventDefault(); model.redo(); fill(); changed(); }
});
window.addEventListener('beforeunload', (event) => { if (model.isDirty) event.preventDefault(); });

draw();
fill();
ask();
