/** Conditions of a place in the layout editor: always, by rows, or by a formula that is checked while it is written. */
import { html, nothing } from '../../platform/vendor/lit.js';
import { _, csrf, icon } from '../../platform/js/live.js';

const PAUSE = 400;
const said = new Map(); // {formula: what the server says of it}
const typed = new WeakMap(); // {condition: its formula as it is being written}
let waiting = 0;

const names = () => ({ visibleWhen: _('Shown when'), requiredWhen: _('Required when'), readonlyWhen: _('Read only when') });
const modeOf = (when) => { if (!when) return 'always'; return when.formula === undefined ? 'rows' : 'formula'; };
const blank = () => ({ field: '', operator: 'equals', value: '' });

/** The conditions `keys` of a cell or section; `change` makes a change that can be undone, `draw` shows the page again. */
export function conditions(part, keys, page, change, draw) {
  return html`<div class="label">${_('Conditions')}</div>${keys.map((key) => one(part, key, page, change, draw))}`;
}

export const hasConditions = (part) => Boolean(part.visibleWhen || part.requiredWhen || part.readonlyWhen);

function one(part, key, page, change, draw) {
  const label = names()[key];
  const mode = modeOf(part[key]);
  const modes = [['always', key === 'visibleWhen' ? _('Always') : _('No')], ['rows', _('Rows')], ['formula', _('Formula')]];
  const turn = (to) => change(() => {
    if (to === 'always') delete part[key];
    else part[key] = to === 'rows' ? { filters: [blank()] } : { formula: '' };
  });
  return html`<div class="when" role="group" aria-label=${label}><div class="when-h"><b>${label}</b>
    <div class="seg seg-s" role="group" aria-label=${label}>${modes.map(([name, text]) => html`<button class="seg-i" type="button" aria-pressed=${mode === name} @click=${() => mode !== name && turn(name)}>${text}</button>`)}</div></div>
    ${mode === 'rows' ? rows(part[key], page, change) : nothing}${mode === 'formula' ? formula(part[key], label, page, change, draw) : nothing}</div>`;
}

function rows(when, page, change) {
  const fields = new Map(page.conditionFields.map((field) => [field.name, field]));
  return html`<ol class="rules">${when.filters.map((row, n) => ruleRow(when, row, n, fields, change))}</ol>
    <button class="btn btn-s btn-dash" type="button" @click=${() => change(() => { when.filters.push(blank()); })}>${icon('plus')}${_('Add row')}</button>
    ${when.filters.length > 1 ? html`<input class="mono" aria-label=${_('Filter logic')} placeholder=${_('all of them, or: 1 AND (2 OR 3)')} .value=${when.booleanFilter || ''} @change=${(e) => change(() => { if (e.target.value.trim()) when.booleanFilter = e.target.value.trim(); else delete when.booleanFilter; })}>` : nothing}`;
}

function ruleRow(when, row, n, fields, change) {
  const field = fields.get(row.field);
  const remove = () => change(() => { when.filters.splice(n, 1); delete when.booleanFilter; });
  const take = (name) => change(() => {
    row.field = name;
    row.value = '';
    const operators = fields.get(name)?.operators || [];
    if (!operators.some(([operator]) => operator === row.operator)) row.operator = operators[0]?.[0] || 'equals';
  });
  const listed = field || !row.field ? nothing : html`<option value=${row.field} selected>${row.field}</option>`;
  const words = { field: _('Field'), operator: _('Operator'), remove: _('Remove row') };
  return html`<li class="rule">
    <select class="in" aria-label="${words.field} ${n + 1}" @change=${(e) => take(e.target.value)}><option value="">${_('Choose a field')}</option>${listed}${[...fields.values()].map((f) => html`<option value=${f.name} ?selected=${f.name === row.field}>${f.label}</option>`)}</select>
    <select class="in" aria-label="${words.operator} ${n + 1}" @change=${(e) => change(() => { row.operator = e.target.value; })}>${(field?.operators || [[row.operator, row.operator]]).map(([name, text]) => html`<option value=${name} ?selected=${name === row.operator}>${text}</option>`)}</select>
    ${field?.bare?.includes(row.operator) ? nothing : html`<div class="rule-v">${valueOf(row, n, field, change)}</div>`}
    <button class="ib ib-s" type="button" aria-label="${words.remove} ${n + 1}" @click=${remove}>${icon('x', 'i-s')}</button></li>`;
}

function valueOf(row, n, field, change) {
  const label = `${_('Value')} ${n + 1}`;
  const keep = (e) => change(() => { row.value = e.target.value; });
  const value = Array.isArray(row.value) ? row.value.join(',') : row.value ?? '';
  if (!field?.choices?.length) return html`<input class="in" aria-label=${label} autocomplete="off" .value=${String(value)} @change=${keep}>`;
  const known = field.choices.some(([name]) => name === value) || !value;
  return html`<select class="in" aria-label=${label} @change=${keep}><option value="">${_('--None--')}</option>${known ? nothing : html`<option value=${value} selected>${value}</option>`}${field.choices.map(([name, text]) => html`<option value=${name} ?selected=${name === value}>${text}</option>`)}</select>`;
}

function formula(when, label, page, change, draw) {
  const write = (e) => {
    const text = e.target.value;
    typed.set(when, text);
    clearTimeout(waiting);
    waiting = setTimeout(() => check(text, page, draw), PAUSE);
  };
  const answer = said.get(typed.get(when) ?? when.formula);
  return html`<textarea class="in" data-mono rows="3" spellcheck="false" maxlength="3900" aria-label=${label} placeholder="ISPICKVAL(StageName, &quot;Closed Won&quot;)" .value=${typed.get(when) ?? when.formula} @input=${write} @change=${(e) => { typed.delete(when); change(() => { when.formula = e.target.value; }); check(e.target.value, page, draw); }}></textarea>
    <div class="formula-says" role="status">${answer === undefined ? nothing : answer.map((text) => html`<p class="err">${icon('circle-alert', 'i-s')}<span>${text}</span></p>`)}${answer?.length === 0 ? html`<p class="formula-ok">${icon('circle-check', 'i-s')}${_('The formula is understood.')}</p>` : nothing}</div>`;
}

async function check(text, page, draw) {
  if (!text.trim()) return;
  const body = new URLSearchParams({ formula: text, csrf_token: csrf() });
  const answer = await fetch(page.check, { method: 'POST', body }).catch(() => null);
  if (!answer?.ok) return;
  const { problems } = await answer.json();
  said.set(text, problems.map((problem) => `${_('Line %(line)s, character %(column)s', problem)}: ${problem.message}`));
  draw();
}
