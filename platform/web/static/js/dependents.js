/**
 * Picklists whose values follow another field of the form: data-depends-on="name", data-choices='{"value": ["allowed", …]}'.
 *
 * The other field is a picklist or a checkbox ("checked", "unchecked"); a blank one allows nothing. What was chosen when the page
 * came stays to be chosen until the other field changes. Without this module all values stand under headings.
 */
import { _, make, on, say } from './live.js';

const whole = new WeakMap(); // picklist or box of ticks -> {rows, kept: [values], by: the controlling value that they came with}

function keyOf(form, name) {
  const controls = [...(form?.querySelectorAll(`[name="${CSS.escape(name)}"]`) || [])];
  const control = controls[0];
  if (!control) return null;
  return control.type === 'checkbox' ? (control.checked ? 'checked' : 'unchecked') : control.value;
}

function remember(control) {
  const isList = control.tagName === 'SELECT';
  const rows = isList ? [...control.options] : [...control.querySelectorAll('.pick-b label')];
  const kept = isList ? [control.value] : rows.filter((row) => row.control.checked).map((row) => row.control.value);
  const by = keyOf(control.closest('form'), control.dataset.dependsOn);
  whole.set(control, { rows, kept, by });
}

/** Shows the values that fit; returns whether a chosen one had to go. */
function fit(control) {
  const { rows, kept, by } = whole.get(control);
  const key = keyOf(control.closest('form'), control.dataset.dependsOn);
  if (key === null) return false;
  const allowed = new Set(JSON.parse(control.dataset.choices || '{}')[key] || []);
  if (key === by) kept.forEach((value) => allowed.add(value));
  return control.tagName === 'SELECT' ? fitList(control, rows, allowed) : fitTicks(control, rows, allowed);
}

function fitList(select, rows, allowed) {
  const before = select.value;
  const byValue = new Map(rows.map((row) => [row.value, row])); // the set keeps the order of the list, the headings do not
  select.replaceChildren(...['', ...allowed].map((value) => byValue.get(value)).filter(Boolean));
  select.value = allowed.has(before) ? before : '';
  select.title = select.options.length > 1 ? '' : _('Choose a value above it first.');
  return select.value !== before;
}

function fitTicks(box, rows, allowed) {
  let gone = false;
  for (const row of rows) {
    row.hidden = !allowed.has(row.control.value);
    if (row.hidden && row.control.checked) { row.control.checked = false; gone = true; }
  }
  return gone;
}

function follow(form, name) {
  for (const control of form.querySelectorAll(`[data-depends-on="${CSS.escape(name)}"]`)) {
    if (!whole.has(control)) remember(control);
    if (!fit(control)) continue;
    const first = control.tagName === 'SELECT' ? control : control.querySelector('.pick-b input');
    say(_('%(name)s was emptied.', { name: control.closest('.f')?.querySelector('.fl')?.textContent.trim() || '' }));
    first?.dispatchEvent(new Event('change', { bubbles: true })); // those that depend on it follow
  }
}

on('change', 'select, input', (event, control) => { if (control.form && control.name) follow(control.form, control.name); });

export function refresh(within = document) {
  const controls = [...within.querySelectorAll('[data-depends-on]')];
  for (const control of controls) if (!whole.has(control)) remember(control);
  for (const control of controls) fit(control);
}
