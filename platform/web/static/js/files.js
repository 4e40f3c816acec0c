/** Files that are sent: chosen or dropped on [data-files], one after the other with a bar for each. Loaded when a form asks for it. */
import { _, icon, make, on, say } from './live.js';
import { settle } from './forms.js';
import { toast } from './overlay.js';
import { take } from './parts.js';

let waiting = 0;
let queue = Promise.resolve();
addEventListener('beforeunload', (event) => { if (waiting) event.preventDefault(); });

/* --- what is given ------------------------------------------------------------------------------ */
const formOf = (zone) => zone?.querySelector('form[data-upload]');
const boxOf = (form) => form.querySelector('input[type=file]');
const brings = (event) => [...(event.dataTransfer?.types || [])].includes('Files');

on('change', 'form[data-at-once] input[type=file]', (event, input) => {
  sendAll(input.form, [...input.files]);
  input.value = '';
  const shown = input.form.querySelector('[data-drop-shown]');
  shown.textContent = shown.dataset.empty;
});

on('submit', 'form[data-upload]', (event, form) => {
  const files = [...boxOf(form).files];
  if (event.defaultPrevented || !files.length) return;
  event.preventDefault();
  sendAll(form, files);
});

/* a file that misses the zone would be opened in place of the page */
for (const type of ['dragover', 'drop']) {
  document.addEventListener(type, (event) => {
    if (!brings(event) || !document.querySelector('form[data-upload]')) return;
    const zone = event.target.closest?.('[data-files]');
    const form = formOf(zone);
    event.preventDefault();
    light(type === 'dragover' && form ? zone : null);
    if (type === 'dragover') event.dataTransfer.dropEffect = form ? 'copy' : 'none';
    else if (form) drop(form, event.dataTransfer);
  });
}
document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) light(null); });

function light(zone) {
  for (const other of document.querySelectorAll('[data-files]')) other.classList.toggle('over', other === zone);
}

function drop(form, given) {
  const isFolder = (item) => item.webkitGetAsEntry?.()?.isDirectory;
  const folders = [...given.items].some(isFolder);
  const files = [...given.items].filter((item) => item.kind === 'file' && !isFolder(item)).map((item) => item.getAsFile()).filter(Boolean);
  if (folders) toast(_('A folder cannot be added. Drop the files in it.'), { kind: 'bad' });
  if (form.hasAttribute('data-at-once')) {
    sendAll(form, files);
  } else if (files.length) {
    const held = new DataTransfer();
    held.items.add(files[0]);
    boxOf(form).files = held.files;
    boxOf(form).dispatchEvent(new Event('change', { bubbles: true }));
  }
}

/* --- what is sent ------------------------------------------------------------------------------- */
function sendAll(form, files) {
  if (!files.length) return;
  waiting += files.length;
  const lines = files.map((file) => line(form, file));
  queue = queue.then(async () => {
    let added = 0;
    for (const one of lines) {
      if (await one.send()) added += 1;
      waiting -= 1;
    }
    if (added) await show(form, added);
  });
}

async function show(form, added) {
  settle(form);
  if (!form.dataset.parts) {
    location.reload();
    return;
  }
  try {
    const answer = await fetch(form.dataset.back, { headers: { Accept: 'text/html' } });
    if (answer.ok) take(await answer.text(), form.dataset.parts.split(', '));
    toast(added === 1 ? _('The file was added.') : _('%(n)s files were added.', { n: added }));
  } catch { location.reload(); }
}

/** The line of a file on its way: {send} resolves to whether the server took it. */
function line(form, file) {
  const bar = make('progress', { max: 1, value: 0, 'aria-label': file.name });
  const note = make('small', {}, _('Waiting'));
  const stop = make('button', { class: 'ib ib-s', type: 'button', 'aria-label': _('Cancel %(name)s', { name: file.name }) }, icon('x', 'i-s'));
  const row = make('li', {}, icon('upload'), make('div', { class: 'fi-t' }, make('span', { class: 'cut' }, file.name), make('span', { class: 'meter meter-wide' }, bar), note), stop);
  const request = new XMLHttpRequest();
  let given = false;
  stop.addEventListener('click', () => { given = true; request.abort(); row.remove(); });
  form.parentElement.querySelector('[data-uploads]').append(row);
  const refuse = (text) => {
    bar.parentElement.remove();
    note.className = 'bad';
    note.textContent = text;
    say(text);
    return false;
  };
  return {
    async send() {
      if (given) return false;
      if (file.size > Number(form.dataset.limit)) return refuse(form.dataset.tooLarge);
      if (!file.size) return refuse(_('The file is empty.'));
      await post(request, form, file, (share) => {
        bar.value = share;
        note.textContent = share < 1 ? `${Math.floor(share * 100)} %` : _('Checking');
      });
      if (given) return false;
      if (request.status === 201) row.remove();
      return request.status === 201 || refuse(reason(request, form));
    },
  };
}

function post(request, form, file, progress) {
  const body = new FormData(form);
  body.set(boxOf(form).name, file, file.name);
  return new Promise((resolve) => {
    request.open('POST', form.action);
    request.setRequestHeader('Accept', 'application/json');
    request.upload.addEventListener('progress', (event) => { if (event.lengthComputable) progress(event.loaded / event.total); });
    request.addEventListener('loadend', resolve);
    request.send(body);
  });
}

function reason(request, form) {
  if (request.status === 413) return form.dataset.tooLarge;
  try {
    const said = JSON.parse(request.responseText);
    return said.problems?.[0]?.message || said.message;
  } catch {
    return _('The server did not answer. Try again.');
  }
}
