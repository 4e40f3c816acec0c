/** Quick create: the form of another page in a dialog; answers with the record it made. Loaded when first used. */
import { _, icon, make } from './live.js';
import { settle } from './forms.js';
import { toast } from './overlay.js';

const RECORD = /\/r\/([A-Za-z0-9]{15,18})(?:[/?#]|$)/;

async function read(answer) {
  const text = await answer.text();
  return { answer, text, page: new DOMParser().parseFromString(text, 'text/html') };
}

/** Opens the address of a "new" page; resolves to {id, label, text of the page one is led to} of the saved record, or null when the person left. */
export async function create(address, name) {
  const { page } = await read(await fetch(address));
  const form = page.querySelector('#main form[method=post], #sheet form[method=post], #type-form');
  if (!form) {
    open(address, '_blank', 'noopener');
    return null;
  }
  return shown(form, address, page.querySelector('h1')?.textContent.trim() || _('New'), name);
}

/** Gives the ids of the form names of their own: the page behind may have a "Name" too. */
function rename(form) {
  for (const element of form.querySelectorAll('[id]')) element.id = `quick-${element.id}`;
  for (const name of ['for', 'aria-describedby', 'aria-controls', 'data-names', 'data-rich-bar']) {
    for (const element of form.querySelectorAll(`[${name}]`)) element.setAttribute(name, element.getAttribute(name).split(' ').map((id) => `quick-${id}`).join(' '));
  }
  for (const link of form.querySelectorAll('a[href^="#"]')) link.setAttribute('href', `#quick-${link.getAttribute('href').slice(1)}`);
}

function shown(first, address, title, name) {
  const holder = make('div', { class: 'dialog-b quick' });
  const shut = make('button', { class: 'ib', type: 'button', 'aria-label': _('Close') }, icon('x'));
  const dialog = make('dialog', { class: 'dialog dialog-wide', 'aria-label': title }, make('div', { class: 'dialog-h' }, make('h2', {}, title), shut), holder);
  let made = null;
  const put = (form) => {
    form.removeAttribute('data-guard');
    form.removeAttribute('data-draft');
    form.setAttribute('action', form.getAttribute('action') || address);
    for (const extra of form.querySelectorAll('.form-foot :is(a, button:not([data-save])), .head')) extra.remove();
    rename(form);
    holder.replaceChildren(form);
    dispatchEvent(new CustomEvent('trellis:fill', { detail: holder }));
    const wanted = form.querySelector('[data-problems]') || form.querySelector('[name=Name], [name=LastName], input:not([type=hidden])');
    if (wanted?.matches('input') && !wanted.value && name) wanted.value = name;
    wanted?.focus();
  };
  const save = async (form, submitter) => {
    const said = new URLSearchParams(new FormData(form, submitter));
    const isQuestion = form.method === 'get'; // which record type: the form comes next
    const { answer, text, page } = await read(await (isQuestion ? fetch(`${form.action}?${said}`) : fetch(form.action, { method: 'POST', body: said })));
    const id = answer.url.match(RECORD)?.[1];
    const again = page.querySelector('#main form[method=post]');
    if (answer.redirected && id) {
      made = { id, label: page.querySelector('h1')?.textContent.trim() || name, text };
      dialog.close();
    } else if (again) put(again);
  };
  dialog.addEventListener('submit', (event) => {
    event.preventDefault();
    settle(event.target);
    save(event.target, event.submitter).catch(() => toast(_('The server did not answer. Try again.'), { kind: 'bad' }));
  });
  shut.addEventListener('click', () => dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  put(document.adoptNode(first));
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => { dialog.remove(); resolve(made); });
  });
}
