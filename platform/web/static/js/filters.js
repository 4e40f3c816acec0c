/** Rows of filters: add, remove, operators and values that fit the chosen field. */
import { _, make, on } from './live.js';

const known = new WeakMap(); // {editor: Map of fields by name}
function fieldsOf(editor) {
  if (!known.has(editor)) {
    const listed = JSON.parse(editor.querySelector('[data-rules-fields]').textContent);
    known.set(editor, new Map(listed.map((field) => [field.name, field])));
  }
  return known.get(editor);
}

function fit(row) {
  const editor = row.closest('[data-rules]');
  const field = fieldsOf(editor).get(row.querySelector('[data-rule-field]').value);
  const operator = row.querySelector('[data-rule-operator]');
  if (field) {
    const before = operator.value;
    operator.replaceChildren(...field.operators.map(([value, text]) => make('option', { value }, text)));
    if (field.operators.some(([value]) => value === before)) operator.value = before;
  }
  fitValue(editor, row, field, operator.value);
}

function fitValue(editor, row, field, operator) {
  const holder = row.querySelector('[data-rule-value]');
  const input = holder.querySelector('[name=filter_value]');
  for (const extra of [...holder.children]) if (extra !== input) extra.remove();
  input.type = 'text';
  input.removeAttribute('list');
  holder.hidden = Boolean(field?.bare?.includes(operator));
  if (field?.choices?.length) pick(holder, input, field);
  else if (field?.suggestions?.length) suggest(holder, input, field);
}

/** The values of a text like Hot,"a, b"; and back. */
const parted = (text) => [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g)].map(([, quoted, plain]) => (quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'))).filter(Boolean);
const joined = (values) => values.map((value) => (/[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',');

function pick(holder, input, field) {
  const chosen = new Set(parted(input.value));
  const shown = make('span', { class: 'row wrap gap-1' });
  const list = make('div', { class: 'pick-b' });
  const draw = () => {
    const names = field.choices.filter(([value]) => chosen.has(value)).map(([, text]) => make('span', { class: 'pill tone-1' }, text));
    shown.replaceChildren(...(names.length ? names : [make('span', { class: 'muted' }, _('None chosen'))]));
  };
  for (const [value, text] of field.choices) {
    const box = make('input', { type: 'checkbox' });
    box.checked = chosen.has(value);
    box.addEventListener('change', () => {
      if (box.checked) chosen.add(value); else chosen.delete(value);
      input.value = joined(field.choices.map(([v]) => v).filter((v) => chosen.has(v)));
      input.dispatchEvent(new Event('input', { bubbles: true }));
      draw();
    });
    list.append(make('label', { class: 'ck' }, box, make('span', {}, text)));
  }
  draw();
  input.type = 'hidden';
  const summary = make('summary', {}, make('span', { class: 'sr' }, `${input.getAttribute('aria-label')}: `), shown);
  holder.append(make('details', { class: 'pick' }, summary, list));
}

function suggest(holder, input, field) {
  const id = `suggest-${Math.random().toString(36).slice(2)}`;
  input.setAttribute('list', id);
  holder.append(make('datalist', { id }, ...field.suggestions.map(([value, text]) => make('option', { value }, text))));
}

on('change', '[data-rule-field]', (event, select) => {
  const row = select.closest('[data-rule]');
  row.querySelector('[name=filter_value]').value = '';
  fit(row);
  if (select.value && !row.nextElementSibling) add(row.closest('[data-rules]')); // the next row waits without a press
});
on('change', '[data-rule-operator]', (event, select) => fit(select.closest('[data-rule]')));
function add(editor) {
  const list = editor.querySelector('[data-rules-list]');
  const row = editor.querySelector('[data-rules-new]').content.firstElementChild.cloneNode(true);
  for (const control of row.querySelectorAll('[aria-label]')) control.setAttribute('aria-label', control.getAttribute('aria-label').replace(/\d+$/, list.children.length + 1));
  list.append(row);
  return row;
}
on('click', '[data-rules-add]', (event, button) => add(button.closest('[data-rules]')).querySelector('select').focus());
on('click', '[data-rule-remove]', (event, button) => {
  const editor = button.closest('[data-rules]');
  button.closest('[data-rule]').remove();
  editor.querySelector('[data-rules-add]').focus();
  editor.dispatchEvent(new Event('change', { bubbles: true }));
});

export function refresh(within = document) {
  for (const row of within.querySelectorAll('[data-rules] [data-rule]')) fit(row);
}
refresh();
