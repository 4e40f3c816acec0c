/** "New" of a related list: the form over the page, then the list anew. Loaded by pages that have such a list. */
import { _, on } from './live.js';
import { toast } from './overlay.js';
import { take } from './parts.js';
import { create } from './quick.js';

on('click', 'a[data-adds]', async (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const name = `#${CSS.escape(link.dataset.adds)}`;
  try {
    const made = await create(link.href, '');
    if (made) take(made.text, [name]); // saving leads back to this page
  } catch {
    toast(_('The server did not answer. Try again.'), { kind: 'bad' });
  }
  document.querySelector(`${name} [data-adds]`)?.focus();
});
