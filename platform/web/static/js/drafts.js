/**
 * What was typed into a record's form and not saved is kept in this tab, and offered back: form[data-draft="/r/…/edit v3"].
 * Secrets and files are never kept. A draft that was sent goes once a page has come that is no error.
 */
import { isDirty } from './forms.js';
import { _, icon, make, on } from './live.js';

const KEPT = 'input:not([type=hidden], [type=password], [type=file]), textarea, select, [data-lookup-value]';
const NEVER = '[data-no-draft]';
const PREFIX = 'draft ';
const STATUS = performance.getEntriesByType('navigation')[0]?.responseStatus || 200;

const nameOf = (form) => PREFIX + form.dataset.draft;
const kept = (form) => [...form.querySelectorAll(KEPT)].filter((control) => control.name && !control.matches(NEVER));
const stateOf = (control) => (control.matches('[type=checkbox], [type=radio]') ? control.checked : control.value);
const names = () => Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX));

function read(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}
function write(name, draft) {
  try {
    sessionStorage.setItem(name, JSON.stringify(draft));
  } catch { /* no room: the form still warns before it is left */ }
}

function keep(form) {
  write(nameOf(form), { at: Date.now(), controls: kept(form).map((control) => [control.name, stateOf(control)]) });
}
on('input', 'form[data-draft]', (event, form) => keep(form));
on('change', 'form[data-draft]', (event, form) => keep(form));
document.addEventListener('submit', (event) => {
  const draft = event.target.matches('form[data-draft]') && !event.defaultPrevented && read(nameOf(event.target));
  if (draft) write(nameOf(event.target), { ...draft, sent: true });
});

/** Puts the values back; lookups show their names, which are kept beside them. */
function restore(form, draft) {
  kept(form).forEach((control, n) => {
    const [name, state] = draft.controls[n];
    if (control.name !== name || stateOf(control) === state) return;
    if (typeof state === 'boolean') control.checked = state; else control.value = state;
    control.dispatchEvent(new Event('change', { bubbles: true }));
  });
}

function offer(form) {
  const name = nameOf(form);
  const draft = read(name);
  const controls = kept(form);
  if (!draft && isDirty(form)) keep(form); // what was typed while this module was on its way
  if (!draft || form.querySelector('[data-draft-offer], [data-problems]')) return;
  if (draft.controls?.length !== controls.length || controls.every((control, n) => stateOf(control) === draft.controls[n][1])) {
    sessionStorage.removeItem(name);
    return;
  }
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(draft.at);
  const back = make('button', { class: 'btn btn-s', type: 'button' }, _('Restore'));
  const away = make('button', { class: 'btn btn-s btn-ghost', type: 'button' }, _('Discard'));
  const line = make('div', { class: 'banner banner-warn draft', 'data-draft-offer': true, role: 'status' }, icon('history'),
    make('div', { class: 'stack gap-1' }, make('b', {}, _('You have unsaved changes from %(time)s.', { time })), make('div', { class: 'row gap-1' }, back, away)));
  back.addEventListener('click', () => { line.remove(); restore(form, draft); controls[0]?.focus(); });
  away.addEventListener('click', () => {
    line.remove();
    if (read(name)?.at === draft.at) sessionStorage.removeItem(name); // what was typed since stays
    controls[0]?.focus();
  });
  const head = form.querySelector('.head');
  if (head) head.after(line); else form.prepend(line);
}

/** Drafts that were sent and taken, and those of older versions of a record, are of no use any more. */
function clear() {
  const forms = [...document.querySelectorAll('form[data-draft]')];
  for (const name of names()) {
    const again = forms.find((form) => nameOf(form) === name);
    const isOld = !again && forms.some((form) => name.startsWith(nameOf(form).replace(/ v\d+$/, ' v')));
    if (isOld || (read(name)?.sent && STATUS < 400 && !again?.querySelector('[data-problems]'))) sessionStorage.removeItem(name);
  }
}

export function refresh(within = document) {
  within.querySelectorAll('form[data-draft]').forEach(offer);
}
clear();
