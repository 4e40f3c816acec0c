/** Dialogs, the right sheet, questions before a deed, toasts. */
import { _, icon, make, on, say } from './live.js';
import { isDirty, settle } from './forms.js';

/* --- dialogs ---------------------------------------------------------------------------------- */
on('click', '[data-opens]', (event, opener) => {
  const dialog = document.getElementById(opener.dataset.opens);
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  dialog.showModal();
});
on('click', '[data-closes]', (event, button) => button.closest('dialog').close());
on('mousedown', 'dialog', (event, dialog) => { if (event.target === dialog) dialog.close(); });

/** Asks a question in words; resolves to whether the person agreed. */
export function ask(question, agree = _('Continue')) {
  const dialog = make('dialog', { class: 'dialog', 'aria-labelledby': 'ask-title' });
  const yes = make('button', { class: 'btn btn-danger', type: 'button', value: 'yes' }, agree);
  const no = make('button', { class: 'btn', type: 'button', value: '' }, _('Cancel'));
  dialog.append(
    make('div', { class: 'dialog-h' }, make('h2', { id: 'ask-title' }, _('Are you sure?'))),
    make('div', { class: 'dialog-b' }, make('p', { class: 'pre' }, question)),
    make('div', { class: 'dialog-f' }, no, yes),
  );
  document.body.append(dialog);
  dialog.showModal();
  yes.focus();
  return new Promise((resolve) => {
    for (const button of [yes, no]) button.addEventListener('click', () => dialog.close(button.value));
    dialog.addEventListener('close', () => { dialog.remove(); resolve(dialog.returnValue === 'yes'); });
  });
}
document.addEventListener('submit', async (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm || form.dataset.confirm;
  if (!question || form.dataset.agreed) return;
  event.preventDefault();
  event.stopPropagation();
  if (!await ask(question, event.submitter?.textContent.trim() || undefined)) return;
  form.dataset.agreed = 'yes';
  form.requestSubmit(event.submitter);
  delete form.dataset.agreed;
}, true);

/* --- the sheet -------------------------------------------------------------------------------- */
const sheet = document.getElementById('sheet');
let opener = null;

const isOpen = () => Boolean(sheet?.firstElementChild);

on('click', 'a[data-sheet]', (event, link) => {
  if (!sheet || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  opener = link;
  load(link.href);
});

/** Opens the address as a sheet; goes there when its page has none. */
export async function load(address, options) {
  sheet.setAttribute('aria-busy', 'true');
  const answer = await fetch(address, { headers: { 'X-Sheet': '1' }, ...options });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const found = page.getElementById('sheet');
  sheet.removeAttribute('aria-busy');
  if ((options?.method && answer.redirected) || !found?.firstElementChild) {
    location.assign(answer.url);
    return;
  }
  sheet.className = found.className;
  sheet.replaceChildren(...found.childNodes);
  dispatchEvent(new CustomEvent('trellis:fill', { detail: sheet }));
  enter();
}

function enter() {
  const first = sheet.querySelector('[data-problems]') || sheet.querySelector('[aria-invalid=true], [autofocus]')
    || sheet.querySelector('.sheet-b :is(input:checked[type=radio], input:not([type=hidden], [type=radio]), select, textarea, a, button)') || sheet.querySelector('h2');
  first?.focus();
}

async function close() {
  if ([...sheet.querySelectorAll('form')].some(isDirty) && !await ask(_('What you typed here would be lost.'), _('Leave'))) return;
  for (const form of sheet.querySelectorAll('form')) settle(form);
  const away = sheet.querySelector('[data-sheet-close]')?.href;
  if (!opener && away) { location.assign(away); return; }
  sheet.replaceChildren();
  opener?.focus();
  opener = null;
}
on('click', '[data-sheet-close]', (event) => { event.preventDefault(); close(); });
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && isOpen() && !event.defaultPrevented && !document.querySelector('dialog[open], .menu[open], .pick[open]')) {
    event.preventDefault(); // or the same key would close the question that close() may ask
    close();
  }
});
on('submit', '#sheet form[method=post]', (event, form) => {
  if (event.defaultPrevented || form.enctype === 'multipart/form-data' || form.hasAttribute('data-plain')) return;
  event.preventDefault();
  const sent = new FormData(form, event.submitter);
  settle(form);
  load(event.submitter?.getAttribute('formaction') || form.action, { method: 'POST', body: new URLSearchParams(sent) })
    .catch(() => toast(_('The server did not answer. Try again.'), { kind: 'bad' }))
    .finally(() => event.submitter?.removeAttribute('aria-busy'));
});
if (isOpen()) enter();

/* --- toasts ----------------------------------------------------------------------------------- */
const LASTS = 10_000;

/** Shows a line at the foot; undo is a function that takes the deed back. */
export function toast(text, { kind = 'ok', undo, label = _('Undo') } = {}) {
  const line = make('div', { class: kind === 'bad' ? 'toast toast-bad' : 'toast', 'data-toast': true },
    icon(kind === 'bad' ? 'circle-alert' : 'circle-check'), make('span', {}, text));
  if (undo) {
    const button = make('button', { type: 'button' }, label);
    button.addEventListener('click', () => { undo(); line.remove(); });
    line.append(button);
  }
  const shut = make('button', { type: 'button', 'data-toast-close': true, 'aria-label': _('Close') }, icon('x'));
  line.append(shut);
  document.getElementById('toasts')?.append(line);
  fade(line);
}
/** Shows a line that another page brought along. */
export function adopt(line) {
  document.getElementById('toasts')?.append(line);
  fade(line);
  say(line.querySelector('span').textContent);
}
addEventListener('trellis:say', (event) => toast(event.detail.text, event.detail));

function fade(line) {
  let timer = setTimeout(() => line.remove(), LASTS);
  line.addEventListener('mouseenter', () => clearTimeout(timer));
  line.addEventListener('mouseleave', () => { timer = setTimeout(() => line.remove(), LASTS / 3); });
  line.addEventListener('focusin', () => clearTimeout(timer));
}
on('click', '[data-toast-close]', (event, button) => button.closest('[data-toast]').remove());
for (const line of document.querySelectorAll('[data-toast]')) {
  fade(line);
  if (line.closest('.toasts')) say(line.querySelector('span').textContent);
}
