/** The sheets of Setup: the options of the chosen type, the API name made of the label, a live preview. */
import { make, on } from '../../platform/js/live.js';

/* what belongs to other types is out of sight, and not sent */
function choose(form, type) {
  for (const part of form.querySelectorAll('[data-types]')) {
    const mine = part.dataset.types.split(' ').includes(type);
    part.hidden = !mine;
    for (const control of part.querySelectorAll('input, select, textarea')) control.disabled = !mine;
  }
  preview(form);
}

/* who has named the field and points at a type goes on with what that type needs; by arrow keys one stays among the types */
let pointed = null;
addEventListener('pointerdown', (event) => { pointed = event.target.closest?.('.opt'); }, true);
addEventListener('keydown', () => { pointed = null; }, true);

function goOn(form) {
  const needed = [...form.querySelectorAll('[data-types]:not([hidden], [data-option]) :is(textarea, select, input:not([type=hidden]))')].find((one) => one.checkVisibility());
  if (needed && !needed.value) setTimeout(() => needed.focus());
}

on('change', 'input[name=type]', (event, input) => {
  choose(input.form, input.value);
  if (pointed?.contains(input) && input.form.elements.label?.value) goOn(input.form);
});
on('change', 'input[type=radio]', (event, input) => {
  for (const part of input.form?.querySelectorAll(`[data-when="${input.name}"]`) || []) part.hidden = part.dataset.is !== input.value;
});
on('input', '#new-field input, #new-field textarea', (event, control) => preview(control.form));

function preview(form) {
  const box = form.querySelector('[data-preview]');
  if (!box) return;
  const type = form.elements.type?.value || 'Text';
  box.querySelector('[data-preview-label]').textContent = form.elements.label.value || form.elements.label.placeholder || '…';
  box.querySelector('[data-preview-control]').replaceChildren(control(type, form));
}

const PLACEHOLDERS = { Date: 'date', DateTime: 'datetime-local', Time: 'time', Checkbox: 'checkbox' };
function control(type, form) {
  if (type === 'Picklist' || type === 'MultiselectPicklist') {
    const values = form.elements.values.value.split('\n').map((line) => line.trim()).filter(Boolean);
    return make('select', { 'aria-hidden': 'true', tabindex: '-1' }, ...['', ...new Set(values)].map((value) => make('option', {}, value)));
  }
  if (/Area|Html/.test(type)) return make('textarea', { rows: '2', readonly: '', 'aria-hidden': 'true', tabindex: '-1' });
  return make('input', { type: PLACEHOLDERS[type] || 'text', readonly: '', 'aria-hidden': 'true', tabindex: '-1' });
}

function begin(within = document) {
  const form = within.querySelector('#new-field');
  if (form) choose(form, form.elements.type?.value || 'Text');
}
addEventListener('trellis:fill', () => begin());
begin();
