/** Forms: Ctrl Enter saves, unsaved work is guarded, first error gets the focus, small helpers of controls. */
import { _, icon as sign, on } from './live.js';

/* --- what was typed and not saved --------------------------------------------------------------- */
const started = new WeakMap();
const picture = (form) => JSON.stringify([...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? value : value.name]));

export const isDirty = (form) => form.hasAttribute('data-guard') && started.has(form) && started.get(form) !== picture(form);
export const settle = (form) => started.delete(form);

function watch(within) {
  for (const form of within.querySelectorAll('form[data-guard]')) if (!started.has(form)) started.set(form, picture(form));
}
addEventListener('beforeunload', (event) => {
  if ([...document.querySelectorAll('form[data-guard]')].some(isDirty)) event.preventDefault();
});
addEventListener('pageshow', (event) => { if (event.persisted) for (const b of document.querySelectorAll('[aria-busy=true]')) b.removeAttribute('aria-busy'); });

document.addEventListener('submit', (event) => {
  if (event.defaultPrevented) return;
  settle(event.target);
  if (event.submitter?.hasAttribute('data-save')) event.submitter.setAttribute('aria-busy', 'true');
});

addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.('form') || document.querySelector('#sheet form') || document.querySelector('form[data-guard]');
  const save = form && (form.querySelector('[data-save]') || document.querySelector(`[data-save][form="${form.id}"]`));
  if (!save) return;
  event.preventDefault();
  form.requestSubmit(save.form === form ? save : undefined);
});

/* --- controls ----------------------------------------------------------------------------------- */
on('change', '[data-pick] input', (event, box) => {
  const pick = box.closest('[data-pick]');
  const shown = pick.querySelector('[data-pick-shown]');
  const names = [...pick.querySelectorAll('input:checked')].map((b) => b.parentElement.textContent.trim());
  shown.replaceChildren(...(names.length ? names.map((n) => pill(n)) : [Object.assign(document.createElement('span'), { className: 'muted', textContent: shown.dataset.none })]));
});
function pill(text) {
  return Object.assign(document.createElement('span'), { className: 'pill tone-1', textContent: text });
}

on('change', '[data-submits]', (event, control) => control.form.requestSubmit());

/* date and time: t is today or now, + and - go a day */
on('keydown', 'input[type=date], input[type=datetime-local]', (event, input) => {
  const days = { '+': 1, '-': -1, t: 0 }[event.key];
  if (days === undefined || input.readOnly || input.disabled) return;
  const isDate = input.type === 'date';
  const from = days && input.value ? new Date(`${input.value}${isDate ? 'T12:00' : ''}`) : new Date();
  from.setDate(from.getDate() + days);
  const two = (n) => String(n).padStart(2, '0');
  const day = `${from.getFullYear()}-${two(from.getMonth() + 1)}-${two(from.getDate())}`;
  event.preventDefault();
  input.value = isDate ? day : `${day}T${two(from.getHours())}:${two(from.getMinutes())}`;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
});

/* rich text: the buttons wrap what is chosen in tags */
on('click', '[data-rich]', (event, button) => {
  const area = document.getElementById(button.closest('[data-rich-bar]').dataset.richBar);
  const { selectionStart: from, selectionEnd: to, value } = area;
  const chosen = value.slice(from, to);
  const tag = button.dataset.rich;
  const inner = tag === 'ul' || tag === 'ol' ? chosen.split('\n').map((line) => `<li>${line}</li>`).join('') : chosen;
  const opening = tag === 'a' ? '<a href="https://">' : `<${tag}>`;
  area.setRangeText(`${opening}${inner}</${tag}>`, from, to, 'end');
  if (!chosen && inner === chosen) area.setSelectionRange(from + opening.length, from + opening.length);
  area.focus();
  area.dispatchEvent(new Event('input', { bubbles: true }));
});

/* files */
on('change', '[data-drop] input', (event, input) => {
  const names = [...input.files].map((f) => f.name).join(', ');
  input.closest('[data-drop]').querySelector('[data-drop-shown]').textContent = names || _('Drop a file here, or choose one');
});
for (const [type, over] of [['dragover', true], ['dragleave', false], ['drop', false]]) on(type, '[data-drop]', (event, zone) => zone.classList.toggle('over', over));

/* an API name follows its label until a person changes it: data-names="label-field-id" */
on('input', 'input', (event, input) => {
  if (input.hasAttribute('data-names')) input.dataset.own = input.value ? 'yes' : '';
  for (const name of input.form?.querySelectorAll(`[data-names="${CSS.escape(input.id)}"]`) || []) if (!name.dataset.own) name.value = apiName(input.value, name.dataset.case, name.dataset.suffix);
});
function apiName(label, style, suffix = '') {
  const words = label.normalize('NFKD').replace(/[̀-ͯ]/g, '').match(/[A-Za-z0-9]+/g) || [];
  const name = (style === 'lower' ? words.map((w) => w.toLowerCase()) : words).join('_').replace(/^(\d)/, 'X$1');
  return name ? name.slice(0, 40 - suffix.length).replace(/_+$/, '') + suffix : '';
}

/* values of a picklist: Enter or pasted lines add rows */
on('keydown', '[data-value-add]', (event, input) => {
  if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.isComposing) return;
  event.preventDefault();
  addValues(input, [input.value]);
});
on('paste', '[data-value-add]', (event, input) => {
  const lines = event.clipboardData.getData('text').split(/\r?\n/);
  if (lines.length < 2) return;
  event.preventDefault();
  addValues(input, lines);
});
function addValues(input, texts) {
  const list = input.closest('[data-values]');
  const known = new Set([...list.querySelectorAll('input')].filter((i) => i !== input).map((i) => i.value.trim()));
  for (const text of texts.map((t) => t.trim()).filter((t) => t && !known.has(t))) {
    known.add(text);
    list.dispatchEvent(new CustomEvent('trellis:value', { bubbles: true, detail: text }));
    list.insertBefore(valueRow(list, input.name, text), input.closest('[data-fixed]'));
  }
  input.value = '';
  list.dispatchEvent(new Event('change', { bubbles: true }));
}
function valueRow(list, name, text) {
  const row = document.createElement('li');
  const count = list.querySelectorAll('[data-drag]').length;
  row.dataset.drag = text;
  row.tabIndex = 0;
  const box = Object.assign(document.createElement('input'), { name, value: text, ariaLabel: _('Value') });
  const swatch = Object.assign(document.createElement('span'), { className: `swatch tone-${[1, 3, 5, 4, 2, 6, 7, 8][count % 8]}` });
  const remove = Object.assign(document.createElement('button'), { type: 'button', className: 'ib ib-s', ariaLabel: _('Remove %(value)s', { value: text }) });
  remove.setAttribute('data-value-remove', '');
  remove.append(sign('x'));
  row.append(sign('grip-vertical', 'grip'), swatch, box, remove);
  return row;
}
on('click', '[data-value-remove]', (event, button) => {
  const list = button.closest('[data-values]');
  button.closest('li').remove();
  list.querySelector('[data-value-add]')?.focus();
  list.dispatchEvent(new Event('change', { bubbles: true }));
});

export function refresh(within = document) {
  watch(within);
  for (const name of within.querySelectorAll('[data-names]')) if (name.value) name.dataset.own = 'yes';
}
refresh();
const named = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
const first = document.querySelector('#main [data-problems]') || document.querySelector('#main [aria-invalid=true]') || (named && named.matches('input, select, textarea') ? named : null);
if (first) first.focus();
