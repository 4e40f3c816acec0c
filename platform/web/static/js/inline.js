/**
 * Edit where you read: the pencil beside a value (or a double click on it) puts the control of that field in its place.
 * The form is the one of the edit page, fetched; saving sends all of it, so checks and conflicts are those of the page.
 */
import { _, make, on, say } from './live.js';
import { adopt, toast } from './overlay.js';

export const read = async (answer) => ({ answer, page: new DOMParser().parseFromString(await answer.text(), 'text/html') });
const ROW = '.fr';

on('click', 'a.pen', (event, pen) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button || !pen.hash) return;
  event.preventDefault();
  edit(pen);
});
on('dblclick', `${ROW} > .fv`, (event, value) => {
  const pen = value.parentElement.querySelector('a.pen');
  if (!pen?.hash || event.target.closest('a, button')) return;
  getSelection()?.removeAllRanges();
  edit(pen);
});

async function edit(pen) {
  const row = pen.closest(ROW);
  const name = decodeURIComponent(pen.hash.slice(1));
  if (row.querySelector('form')) return;
  for (const other of document.querySelectorAll(`${ROW} > form.inline`)) close(other);
  row.setAttribute('aria-busy', 'true');
  const { page } = await read(await fetch(pen.pathname + pen.search));
  row.removeAttribute('aria-busy');
  const whole = page.querySelector('#main form[method=post]');
  const field = fieldOf(whole, name, labelOf(row));
  if (!field) { location.assign(pen.href); return; }
  put(row, pen, whole, field, name);
}

const labelOf = (row) => row.querySelector('.fl > span')?.textContent.trim();

/** The field's place in a form: around the control of that name, or the fieldset of a compound of that label. */
export function fieldOf(form, name, label) {
  const control = form?.querySelector(`[id="${CSS.escape(name)}"], [name="${CSS.escape(name)}"]`);
  const compound = [...form?.querySelectorAll('fieldset.f') || []].find((f) => f.querySelector('legend')?.textContent.trim() === label);
  return control?.closest('fieldset.f') || control?.closest('.f') || compound;
}

/** What narrows the values of a field stays in the whole form: its value goes along, unsent, so that only what fits is offered. */
export function above(whole, field) {
  const names = new Set([...field.querySelectorAll('[data-depends-on]')].map((control) => control.dataset.dependsOn));
  return [...names].flatMap((name) => {
    const there = whole.querySelector(`select[name="${CSS.escape(name)}"], [type=checkbox][name="${CSS.escape(name)}"]`);
    if (!there) return [];
    const value = there.type === 'checkbox' ? (there.checked ? 'checked' : 'unchecked') : there.value;
    return make('input', { type: 'hidden', name, value, disabled: true });
  });
}

function put(row, pen, whole, field, name) {
  const form = make('form', { class: 'inline', novalidate: true },
    ...above(whole, field),
    document.adoptNode(field),
    make('div', { class: 'row' },
      make('button', { class: 'btn btn-primary btn-s', 'data-save': true }, _('Save')),
      make('button', { class: 'btn btn-s', type: 'button', 'data-inline-close': true }, _('Cancel'))));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopPropagation();
    save({ row, pen, whole, form, name }).catch(() => toast(_('The server did not answer. Try again.'), { kind: 'bad' }));
  });
  row.querySelector('form.inline')?.remove();
  row.append(form);
  row.classList.add('editing');
  dispatchEvent(new CustomEvent('trellis:fill', { detail: form }));
  const control = form.querySelector('[aria-invalid=true], input:not([type=hidden]), select, textarea, summary');
  control?.focus();
  if (control?.matches('input:not([role=combobox])')) control.select(); // to be typed over
}

function close(form) {
  const row = form.closest(ROW);
  form.remove();
  row.classList.remove('editing');
  row.querySelector('a.pen')?.focus();
}
on('click', '[data-inline-close]', (event, button) => close(button.closest('form')));
on('keydown', 'form.inline', (event, form) => {
  if (event.key !== 'Escape' || event.defaultPrevented || event.target.closest('.pick[open]')) return;
  event.preventDefault();
  close(form);
});

async function save(work) {
  const { whole, form } = work;
  const sent = new URLSearchParams([...new FormData(whole), ...new FormData(form)].filter(([, value]) => typeof value === 'string'));
  form.querySelector('[data-save]').setAttribute('aria-busy', 'true');
  const address = whole.getAttribute('action') || work.pen.pathname + work.pen.search;
  const { answer, page } = await read(await fetch(address, { method: 'POST', body: sent }));
  const again = page.querySelector('#main form[method=post]');
  const field = !answer.redirected && fieldOf(again, work.name, labelOf(work.row));
  if (field && field.matches('.has-err, :has(.has-err)')) put(work.row, work.pen, again, field, work.name);
  else show(page, answer, work.pen.hash);
}

/** Takes the page that the server sent in place of this one's content. */
export function show(page, answer, hash) {
  const main = document.getElementById('main');
  const scrolled = main.scrollTop;
  if (!answer.redirected) {
    history.pushState({}, '', answer.url);
    pushed = true;
  }
  document.title = page.title;
  main.replaceChildren(...page.getElementById('main').childNodes);
  for (const line of page.querySelectorAll('.toasts [data-toast]')) adopt(document.importNode(line, true));
  dispatchEvent(new CustomEvent('trellis:fill', { detail: main }));
  main.scrollTop = answer.redirected ? scrolled : 0;
  (main.querySelector('[data-problems]') || main.querySelector(`a.pen[href$="${CSS.escape(hash)}"]`) || main).focus();
  if (answer.redirected) say(_('Saved'));
}
let pushed = false;
addEventListener('popstate', () => { if (pushed) location.reload(); });
