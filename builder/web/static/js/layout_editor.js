/** The layout editor: palette, page and inspector drawn from the model; drags, keys and menus all change the model. */
import { html, nothing, render, repeat } from '../../platform/vendor/lit.js';
import { _, csrf, icon, on, say } from '../../platform/js/live.js';
import { move, sendTo } from '../../platform/js/dnd.js';
import { LayoutModel } from './layout_model.js';
import { conditions, hasConditions } from './layout_conditions.js';

const bench = document.getElementById('layout-editor');
const page = JSON.parse(document.getElementById('layout-model').textContent);
const model = new LayoutModel(page);
const fields = new Map(page.fields.map((field) => [field.name, field]));
const lists = new Map(page.lists.map((list) => [list.id, list]));
const part = (name) => bench.querySelector(`[data-part=${name}]`);
const view = { chosen: null, words: '', tab: 'fields', width: 'desktop', problems: [] };

/* --- drawing ---------------------------------------------------------------------------------- */
function draw() {
  for (const name of ['palette', 'canvas', 'inspector']) if (!part(name).dataset.drawn) { part(name).replaceChildren(); part(name).dataset.drawn = 'yes'; }
  render(palette(), part('palette'));
  render(canvas(), part('canvas'));
  render(inspector(), part('inspector'));
  bench.querySelector('[data-undo]').disabled = !model.past.length;
  bench.querySelector('[data-redo]').disabled = !model.future.length;
  bench.querySelector('[data-unsaved]').hidden = !model.isDirty;
}
function change(deed, said) {
  if (model.change(deed) && said) say(said);
  view.problems = [];
  draw();
}
const choose = (kind, id) => { view.chosen = { kind, id }; draw(); };

function palette() {
  const found = (label) => label.toLocaleLowerCase().includes(view.words.toLocaleLowerCase());
  const free = page.fields.filter((field) => !model.used.has(field.name) && found(field.label));
  const used = page.fields.filter((field) => model.used.has(field.name) && found(field.label));
  const open = page.lists.filter((list) => !model.list(list.id) && found(list.label));
  const tab = (name, label) => html`<button type="button" role="tab" class="tab" aria-selected=${view.tab === name} @click=${() => { view.tab = name; draw(); }}>${label}</button>`;
  return html`<div class="tabs" role="tablist" aria-label=${_('Palette')}>${tab('fields', _('Fields'))}${tab('lists', _('Related lists'))}</div>
    <div class="bench-b">
    <div class="search">${icon('search')}<input type="search" .value=${view.words} placeholder=${_('Find')} aria-label=${_('Find')} @input=${(e) => { view.words = e.target.value; draw(); }}></div>
    ${view.tab === 'fields' ? html`
      <div class="label">${_('Not on the page')} <span class="count">${free.length}</span></div>
      <ul class="dz" data-dnd="cells" data-zone="palette" data-dnd-from aria-label=${_('Fields')}>
        ${repeat(free, (field) => field.name, (field) => chip(field.name, field.label, field.icon, fieldTargets(field)))}
        <li class="dchip" data-drag="blank" tabindex="0">${icon('space')}<span class="cut">${_('Blank space')}</span>${menu(_('Blank space'), blankTargets())}</li>
      </ul>
      <div class="label">${_('On the page')} <span class="count">${used.length}</span></div>
      <ul class="used">${used.map((field) => html`<li>${icon(field.icon)}<span class="cut">${field.label}</span>${icon('check')}</li>`)}</ul>` : html`
      <ul class="dz" data-dnd="lists" data-zone="palette" data-dnd-from aria-label=${_('Related lists')}>
        ${repeat(open, (list) => list.id, (list) => chip(list.id, `${list.label} · ${list.detail}`, list.icon, [[_('Add'), 'plus', () => addList(list)]]))}
      </ul>${open.length ? nothing : html`<p class="muted">${_('All related lists are on the page.')}</p>`}`}
    </div>`;
}
const chip = (key, label, sign, rows) => html`<li class="dchip" data-drag=${key} tabindex="0">${icon(sign)}<span class="cut">${label}</span>${menu(label, rows)}</li>`;

function menu(label, rows) {
  const name = _('Actions of %(name)s', { name: label });
  return html`<details class="menu menu-end"><summary class="ib ib-s" aria-label=${name}>${icon('ellipsis', 'i-s')}</summary>
    <div class="menu-b">${rows.map(([text, sign, deed, bad]) => html`<button class="mi ${bad ? 'mi-bad' : ''}" type="button" @click=${(e) => { e.target.closest('details').open = false; deed(); }}>${icon(sign)}${text}</button>`)}</div></details>`;
}

function canvas() {
  return html`<div class="paper ${view.width === 'phone' ? 'paper-phone' : ''}">
    <div class="rec-top"><div class="head"><div class="head-t"><span class="tile tile-l tone-${page.object.tone}" aria-hidden="true">${icon(page.object.icon)}</span><div><span class="kind">${page.object.label}</span><h2>${page.title}</h2></div></div></div></div>
    ${view.problems.length ? html`<div class="banner banner-bad" role="alert"><div>${view.problems.map((text) => html`<p>${text}</p>`)}</div></div>` : nothing}
    <div class="paper-b"><div class="dz" data-dnd="sections" data-zone="page" aria-label=${_('Sections')}>
      ${repeat(model.state.sections, (section) => section.id, drawSection)}
      <button class="btn btn-dash" type="button" data-fixed data-add-section @click=${addSection}>${icon('plus')}${_('Add section')}</button>
    </div>
    <ul class="dz" data-dnd="lists" data-zone="related" aria-label=${_('Related lists')}>
      ${repeat(model.state.relatedLists, (list) => list.id, drawList)}
    </ul></div></div>`;
}
function drawSection(section, index) {
  const label = section.label || _('Section');
  const rows = [[_('Move up'), 'arrow-up', () => moveSection(section, index - 1)], [_('Move down'), 'arrow-down', () => moveSection(section, index + 1)], [_('Remove section'), 'trash-2', () => change(() => model.removeSection(section.id), _('Section removed')), true]];
  return html`<section class="dsec ${isChosen('section', section.id) ? 'on' : ''}" data-drag=${section.id} data-label=${label} tabindex="0" @focusin=${(e) => { if (e.target === e.currentTarget) choose('section', section.id); }}>
    <div class="dsec-h" @click=${() => choose('section', section.id)}>${icon('grip-horizontal', 'grip')}<input aria-label=${_('Title of the section')} .value=${section.label} @change=${(e) => change(() => { section.label = e.target.value; })}>
      <div class="seg seg-s" role="group" aria-label=${_('Columns')}>${[1, 2, 3].map((n) => html`<button class="seg-i" type="button" aria-pressed=${section.columns === n} aria-label=${`${_('Columns')} ${n}`} @click=${() => change(() => { section.columns = n; })}>${n}</button>`)}</div>${menu(label, rows)}</div>
    <div class="dsec-b cols-${section.columns}">${Array.from({ length: section.columns }, (unused, n) => html`<ul class="dz dcol" data-dnd="cells" data-zone="${section.id}/${n + 1}" aria-label=${`${label} ${n + 1}`}>
      ${repeat(model.column(section, n + 1), (cell) => cell.id, (cell) => drawCell(cell))}</ul>`)}</div></section>`;
}
function drawCell(cell) {
  const field = fields.get(cell.field);
  const label = cell.blank ? _('Blank space') : field?.label || cell.field;
  const on = isChosen('cell', cell.id) ? 'on' : '';
  return html`<li class="dcell ${on} ${cell.blank ? 'dblank' : ''}" data-drag=${cell.id} data-label=${label} data-field=${cell.field || ''} tabindex="0" @click=${() => choose('cell', cell.id)} @focus=${() => choose('cell', cell.id)}>${icon('grip-vertical', 'grip')}
    <div><small><span class="cut">${label}</span>${cell.behavior === 'Required' ? html`<span class="bad" title=${_('Required')}>*</span>` : nothing}${cell.behavior === 'Readonly' ? icon('lock') : nothing}${hasConditions(cell) ? html`<span title=${_('Has conditions')}>${icon('list-filter', 'i-s')}</span>` : nothing}</small><b>${cell.blank ? '' : field?.sample || '—'}</b></div>${menu(label, cellRows(cell))}</li>`;
}
function drawList(list) {
  const known = lists.get(list.id) || [...lists.values()].find((one) => one.field === list.field);
  const label = list.label || known?.label || list.field;
  const rows = [[_('Move up'), 'arrow-up', () => moveBy(list.id, -1)], [_('Move down'), 'arrow-down', () => moveBy(list.id, 1)], [_('Remove'), 'trash-2', () => change(() => model.removeList(list.id), _('Removed')), true]];
  return html`<li class="dchip ${isChosen('list', list.id) ? 'on' : ''}" data-drag=${list.id} data-label=${label} tabindex="0" @click=${() => choose('list', list.id)} @focus=${() => choose('list', list.id)}>${icon(known?.icon || 'list')}<span class="cut">${label}</span>${menu(label, rows)}</li>`;
}
const isChosen = (kind, id) => view.chosen?.kind === kind && view.chosen.id === id;

/* --- what menus do: the twins of every drag ----------------------------------------------------- */
const item = (id) => bench.querySelector(`[data-part=canvas] [data-drag="${CSS.escape(id)}"]`);
const moveBy = (id, by) => move(item(id), by);
const zones = () => model.state.sections.flatMap((section) => Array.from({ length: section.columns }, (unused, n) => ({ zone: `${section.id}/${n + 1}`, label: `${section.label || _('Section')} ${section.columns > 1 ? n + 1 : ''}` })));
function cellRows(cell) {
  const here = item(cell.id)?.parentElement.dataset.zone;
  return [
    [_('Move up'), 'arrow-up', () => moveBy(cell.id, -1)],
    [_('Move down'), 'arrow-down', () => moveBy(cell.id, 1)],
    ...zones().filter(({ zone }) => zone !== here).map(({ zone, label }) => [_('Move to %(place)s', { place: label }), 'arrow-right', () => sendTo(item(cell.id), bench.querySelector(`[data-zone="${zone}"]`))]),
    [_('Remove'), 'trash-2', () => { view.chosen = null; change(() => model.removeCell(cell.id), _('Removed')); }, true],
  ];
}
const fieldTargets = (field) => zones().map(({ zone, label }) => [_('Add to %(place)s', { place: label }), 'plus', () => add(field, zone)]);
const blankTargets = () => zones().map(({ zone, label }) => [_('Add to %(place)s', { place: label }), 'plus', () => change(() => model.addBlank(zone, 999))]);
function add(field, zone, index = 999) {
  let cell;
  change(() => { cell = model.addField(field, zone, index); }, _('%(name)s added', { name: field.label }));
  choose('cell', cell.id);
}
const addList = (list, index = 999) => { change(() => model.addList(list, index)); choose('list', list.id); };
function addSection() {
  let section;
  change(() => { section = model.addSection(_('New section')); });
  choose('section', section.id);
  requestAnimationFrame(() => { const input = item(section.id)?.querySelector('input'); input?.focus(); input?.select(); });
}
const moveSection = (section, index) => change(() => model.moveSection(section.id, Math.max(0, Math.min(index, model.state.sections.length - 1))));

/* --- the inspector ------------------------------------------------------------------------------ */
function inspector() {
  const { kind, id } = view.chosen || {};
  if (kind === 'cell' && model.find(id)) return ofCell(model.find(id).cell);
  if (kind === 'section' && model.section(id)) return ofSection(model.section(id));
  if (kind === 'list' && model.list(id)) return ofList(model.list(id));
  return html`<div class="bench-b"><p class="muted">${_('Choose a field, a section or a related list to see its settings.')}</p><p class="muted">${_('Drag fields onto the page, or use their menus. Alt and the arrow keys move what has the focus.')}</p></div>`;
}
const toggle = (label, note, checked, deed, disabled = false) => html`<label class="sw-row"><span><b>${label}</b><small>${note}</small></span><input type="checkbox" class="sw" role="switch" .checked=${checked} ?disabled=${disabled} @change=${(e) => change(() => deed(e.target.checked))}></label>`;
function ofCell(cell) {
  const field = fields.get(cell.field);
  const remove = html`<button class="btn btn-bad" type="button" @click=${() => { view.chosen = null; change(() => model.removeCell(cell.id), _('Removed')); }}>${icon('trash-2')}${_('Remove')}</button>`;
  if (!field) return html`<div class="bench-b"><h2>${_('Blank space')}</h2></div><div class="bench-f">${remove}</div>`;
  return html`<div class="bench-b"><div class="insp-h"><span class="tile tile-soft" aria-hidden="true">${icon(field.icon)}</span><div><h2>${field.label}</h2><span class="muted">${field.type} · <code>${field.name}</code></span></div></div>
    <div class="label">${_('On this layout')}</div>
    ${toggle(_('Required'), _('Users must fill it before saving'), cell.behavior === 'Required', (yes) => { cell.behavior = yes ? 'Required' : 'Edit'; }, field.readonly)}
    ${toggle(_('Read only'), _('Shown but not editable here'), cell.behavior === 'Readonly', (yes) => { cell.behavior = yes ? 'Readonly' : 'Edit'; }, field.readonly)}
    ${toggle(_('Full width'), _('Span every column of the section'), Boolean(cell.wide), (yes) => { if (yes) { cell.wide = true; cell.column = 1; } else delete cell.wide; })}
    ${conditions(cell, field.readonly ? ['visibleWhen'] : ['visibleWhen', 'requiredWhen', 'readonlyWhen'], page, change, draw)}
    <div class="label">${_('Where this field is used')}</div>
    <ul class="facts">${field.uses.map((use) => html`<li>${icon(use.icon)}<span>${use.label}</span></li>`)}</ul></div>
    <div class="bench-f"><a class="btn" href=${field.url}>${icon('external-link')}${_('Field definition')}</a>${remove}</div>`;
}
function ofSection(section) {
  return html`<div class="bench-b"><h2>${section.label || _('Section')}</h2>
    <div class="f"><label class="fl" for="section-title">${_('Title')}</label><input id="section-title" .value=${section.label} @change=${(e) => change(() => { section.label = e.target.value; })}></div>
    ${toggle(_('Closed at first'), _('Users open it with a click'), Boolean(section.collapsed), (yes) => { section.collapsed = yes; })}
    ${conditions(section, ['visibleWhen', 'readonlyWhen'], page, change, draw)}</div>
    <div class="bench-f"><button class="btn btn-bad" type="button" @click=${() => { view.chosen = null; change(() => model.removeSection(section.id), _('Section removed')); }}>${icon('trash-2')}${_('Remove section')}</button></div>`;
}
function ofList(list) {
  const known = lists.get(list.id) || [...lists.values()].find((one) => one.field === list.field);
  const flip = (name, yes) => { list.columns = yes ? [...list.columns, name] : list.columns.filter((one) => one !== name); };
  return html`<div class="bench-b"><h2>${list.label || known?.label || list.field}</h2>
    <div class="f"><label class="fl" for="list-title">${_('Title')}</label><input id="list-title" placeholder=${known?.label || ''} .value=${list.label || ''} @change=${(e) => change(() => { if (e.target.value) list.label = e.target.value; else delete list.label; })}></div>
    ${toggle(_('New button'), _('Users add records from here'), (list.actions || []).includes('New'), (yes) => { list.actions = yes ? ['New'] : []; })}
    <div class="label">${_('Columns')}</div>
    ${(known?.fields || []).map((field) => html`<label class="ck"><input type="checkbox" .checked=${list.columns.includes(field.name)} @change=${(e) => change(() => flip(field.name, e.target.checked))}><span>${field.label}</span></label>`)}</div>
    <div class="bench-f"><button class="btn btn-bad" type="button" @click=${() => { view.chosen = null; change(() => model.removeList(list.id), _('Removed')); }}>${icon('trash-2')}${_('Remove')}</button></div>`;
}

/* --- drags, undo, save --------------------------------------------------------------------------- */
bench.addEventListener('trellis:move', (event) => {
  const { key, from, to, index } = event.detail;
  event.stopPropagation();
  const group = event.target.dataset.dnd;
  if (group === 'sections') change(() => model.moveSection(key, index));
  else if (group === 'lists') { if (from === 'palette') addList(lists.get(key), index); else change(() => model.moveList(key, index)); }
  else if (from !== 'palette') change(() => model.moveCell(key, to, index));
  else if (key === 'blank') change(() => model.addBlank(to, index));
  else add(fields.get(key), to, index);
});
on('click', '[data-undo]', () => { model.undo(); draw(); say(_('Undone')); });
on('click', '[data-redo]', () => { model.redo(); draw(); say(_('Redone')); });
on('click', '[data-width]', (event, button) => {
  view.width = button.dataset.width;
  for (const one of bench.querySelectorAll('[data-width]')) one.setAttribute('aria-pressed', String(one === button));
  draw();
});
addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.target.closest('input, textarea')) return;
  const key = event.key.toLowerCase();
  if (key === 'z') { event.preventDefault(); (event.shiftKey ? model.redo() : model.undo()); draw(); }
  if (key === 'y') { event.preventDefault(); model.redo(); draw(); }
});
addEventListener('keydown', (event) => { if ((event.ctrlKey || event.metaKey) && (event.key === 's' || event.key === 'Enter')) { event.preventDefault(); save(); } });
addEventListener('beforeunload', (event) => { if (model.isDirty) event.preventDefault(); });
on('click', '[data-save-layout]', save);

async function save() {
  const button = bench.querySelector('[data-save-layout]');
  button.disabled = true;
  const answer = await fetch(page.url, { method: 'PUT', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf(), 'X-Based-On': page.version }, body: JSON.stringify(model.state) });
  const told = await answer.json().catch(() => ({ problems: [{ message: _('The server did not answer. Try again.') }] }));
  button.disabled = false;
  view.problems = (told.problems || []).map((problem) => problem.message);
  if (answer.ok) { model.keep(); page.version = told.version; }
  draw();
  const text = answer.ok ? [_('Layout saved.'), ...(told.warnings || [])].join(' ') : _('Not saved.');
  bench.dataset.saved = answer.ok ? String(Date.now()) : '';
  dispatchEvent(new CustomEvent('trellis:say', { detail: { text, kind: answer.ok ? 'ok' : 'bad' } }));
}
draw();
document.documentElement.dataset.editorReady = 'yes';
