/** What every signed-in page loads. Pages work without it; html[data-ready] says that it has started. */
import * as shell from './shell.js';
import './menu.js';
import * as forms from './forms.js';
import './overlay.js';
import './keys.js';
import './inline.js';
import * as combobox from './combobox.js';
import * as table from './table.js';
import * as filters from './filters.js';

/** Starts what needs starting in a part of the page that came later. */
function refresh(part) {
  for (const module of [shell, forms, combobox, table, filters]) module.refresh(part);
}
addEventListener('trellis:fill', (event) => { refresh(event.detail); swaps(event.detail); });
document.addEventListener('htmx:after:swap', () => refresh(document));

/** htmx is loaded by the pages that use it. */
async function swaps(part) {
  if (!part.querySelector('[hx-get], [hx-post]')) return;
  const htmx = await import('../vendor/htmx.js');
  htmx.default.process(part === document ? document.body : part);
}
swaps(document);

document.documentElement.dataset.ready = 'yes';
