/** A lookup's "New": makes the record in place where its name is enough, else opens its form. */
import { _, say } from '../../platform/js/live.js';
import { set } from '../../platform/js/combobox.js';

const OBJECT = /^\/o\/([^/]+)\/new$/;

addEventListener('trellis:create', async (event) => {
  const { address, text } = event.detail;
  const found = OBJECT.exec(new URL(address, location.href).pathname);
  const box = event.target.closest('[data-lookup]');
  if (!found || !text.trim() || !box) return;
  event.preventDefault();
  const body = new FormData();
  body.set('name', text.trim());
  body.set('csrf_token', document.querySelector('[name=csrf_token]').value);
  const answer = await fetch(`/quick-create/${found[1]}`, { method: 'POST', body });
  if (answer.status !== 201) {
    open(address, '_blank', 'noopener');
    return;
  }
  const { id, label } = await answer.json();
  set(box, id, label);
  say(_('%(name)s created.', { name: label }));
});
