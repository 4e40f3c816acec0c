/** What every signed-in page loads. Pages work without it; html[data-ready] says that it has started. */
import { on } from './live.js';
import * as shell from './shell.js';
import './menu.js';
import * as forms from './forms.js';
import './overlay.js';
import './keys.js';
import './inline.js';
import * as combobox from './combobox.js';
import * as table from './table.js';
import * as filters from './filters.js';
import * as palette from './palette.js';

/** Starts what needs starting in a part of the page that came later. */
function refresh(part) {
  for (const module of [shell, forms, combobox, table, filters]) module.refresh(part);
}
addEventListener('trellis:fill', (event) => { refresh(event.detail); loads(event.detail); swaps(event.detail); });
document.addEventListener('htmx:after:swap', () => { refresh(document); loads(document); });

/** What only some pages need is loaded when something on them asks for it. */
const LATER = {
  '[data-cal]': './calendar.js',
  '[data-board]': './board.js',
  '[data-lazy], form[data-parts]': './parts.js',
  '[data-poll]': './poll.js',
  '#session-time': './session_time.js',
  'table[data-settings]': './columns.js',
  'table[data-edits]': './cells.js',
  '[data-depends-on]': './dependents.js',
  '[data-fold]': './groups.js',
  '[data-split]': './split.js',
  '.cols[data-dnd]': './dnd.js',
  '[data-dnd^=favourites]': './favourites.js',
  '[data-mention]': './mentions.js',
  'form[data-duplicates]': './duplicates.js',
  'form[data-draft]': './drafts.js',
  'form[data-upload]': './files.js',
  'form[data-photo]': './photo.js',
  '[data-print]': './print.js',
  'a[data-adds]': './related.js',
  '.with > a[href^="/r/"]': './hover.js',
};
function loads(part) {
  const wanted = Object.entries(LATER).filter(([selector]) => part.querySelector(selector) || (part !== document && part.matches(selector)));
  return Promise.allSettled(wanted.map(async ([, module]) => (await import(module)).refresh?.(part)));
}
const loaded = loads(document);
if (Object.keys(sessionStorage).some((name) => name.startsWith('draft '))) import('./drafts.js'); // what was sent may be saved by now

/* the bell is filled when it is opened */
document.addEventListener('toggle', (event) => { if (event.target.matches('[data-bell][open]')) import('./notices.js').then((notices) => notices.fill(event.target)); }, true);

/* a tour is loaded when somebody takes it, or puts it away */
on('click', '[data-tour], [data-tour-away]', (event, control) => {
  const { tour, tourAway } = control.dataset;
  if (tour && control.getAttribute('role') !== 'button') return; // it begins on another page
  event.preventDefault();
  import('./tour.js').then((tours) => (tour ? tours.begin(tour) : tours.away(tourAway)));
});
const wanted = new URLSearchParams(location.search).get('tour');
if (wanted) import('./tour.js').then((tours) => tours.begin(wanted));

/** htmx is loaded by the pages that use it. */
async function swaps(part) {
  if (!part.querySelector('[hx-get], [hx-post]')) return;
  const htmx = await import('../vendor/htmx.js');
  htmx.default.process(part === document ? document.body : part);
}
swaps(document);

loaded.then(() => { document.documentElement.dataset.ready = 'yes'; });

/* the palette takes the place of the search box where there are scripts */
addEventListener('trellis:palette', (event) => { if (!document.querySelector('[data-palette]')) return; event.preventDefault(); palette.open(); });
for (const box of document.querySelectorAll('input[data-palette]')) box.addEventListener('click', () => palette.open(box.value));
