/** Tours: a few words at each of some places of the page. Arrows and Enter go on, Escape ends it; the focus comes back. */
import { _, csrf, icon, make, sheet } from './live.js';

const SHEET = new URL('../css/tour.css', import.meta.url).href;
const GAP = 10;
const EDGE = 8;
let running = null;

function note(name) {
  fetch(`/tours/${name}`, { method: 'POST', body: new URLSearchParams({ csrf_token: csrf() }) }).catch(() => {});
}

/** The tour is not offered again. */
export function away(name) {
  const hint = document.querySelector('[data-tour-hint]');
  const holds = hint?.contains(document.activeElement);
  hint?.remove();
  if (holds) document.getElementById('main')?.focus();
  note(name);
}

/** Begins the tour of that name on this page. */
export async function begin(name) {
  if (running) return;
  running = name;
  const [answer] = await Promise.all([fetch(`/tours/${name}`), sheet(SHEET)]).catch(() => [null]);
  if (!answer?.ok) { running = null; return; }
  const { steps } = await answer.json();
  take(name, steps);
}

const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0;
const find = (places) => {
  for (const place of places.split(', ')) {
    const found = [...document.querySelectorAll(place)].find(isSeen);
    if (found) return found;
  }
  return null;
};

function take(name, steps) {
  const back = document.activeElement;
  const ring = make('div', { class: 'tour-ring' });
  const title = make('h2', { id: 'tour-title' });
  const text = make('p', { id: 'tour-text' });
  const at = make('span', { class: 'muted small num' });
  const skip = make('button', { class: 'ib', type: 'button', 'aria-label': _('Close') }, icon('x'));
  const before = make('button', { class: 'btn', type: 'button' }, _('Back'));
  const next = make('button', { class: 'btn btn-primary', type: 'button' });
  const card = make('div', { class: 'tour-card' },
    make('div', { class: 'tour-h' }, title, skip), make('div', { 'aria-live': 'polite' }, text), make('div', { class: 'tour-f' }, at, before, next));
  const dialog = make('dialog', { class: 'tour', 'aria-labelledby': 'tour-title', 'aria-describedby': 'tour-text' }, ring, card);
  let step = 0;

  function show(to) {
    if (to >= steps.length) { dialog.close(); return; }
    step = Math.max(0, to);
    title.textContent = steps[step].title;
    text.textContent = steps[step].text;
    at.textContent = `${step + 1} / ${steps.length}`;
    before.disabled = step === 0;
    next.textContent = step + 1 < steps.length ? _('Next') : _('Done');
    const target = find(steps[step].at);
    target?.scrollIntoView({ block: 'nearest' });
    place(target);
    next.focus();
  }

  function place(target) {
    const whole = document.documentElement;
    const [width, height] = [whole.clientWidth, whole.clientHeight];
    const box = target?.getBoundingClientRect() ?? new DOMRect(width / 2, height / 3, 0, 0);
    const left = Math.max(EDGE / 2, box.left - EDGE / 2);
    const top = Math.max(EDGE / 2, box.top - EDGE / 2);
    const right = Math.min(width - EDGE / 2, box.right + EDGE / 2);
    const bottom = Math.min(height - EDGE / 2, box.bottom + EDGE / 2);
    Object.assign(ring.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    const own = card.getBoundingClientRect();
    const spots = [ // below, above, beside, else at the foot of the window
      [left, bottom + GAP], [left, top - GAP - own.height], [right + GAP, top], [left - GAP - own.width, top],
    ];
    const fits = ([x, y]) => y >= EDGE && y + own.height <= height - EDGE && x >= EDGE - 4 && (x + own.width <= width - EDGE || y >= bottom || y + own.height <= top);
    const [x, y] = spots.find(fits) ?? [right - own.width - GAP, height - own.height - EDGE];
    card.style.left = `${Math.max(EDGE, Math.min(x, width - own.width - EDGE))}px`;
    card.style.top = `${Math.max(EDGE, Math.min(y, height - own.height - EDGE))}px`;
  }

  const again = () => place(find(steps[step].at));
  skip.addEventListener('click', () => dialog.close());
  before.addEventListener('click', () => show(step - 1));
  next.addEventListener('click', () => show(step + 1));
  dialog.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    if (by < 0 || step + 1 < steps.length) show(step + by);
  });
  addEventListener('resize', again);
  dialog.addEventListener('close', () => {
    removeEventListener('resize', again);
    dialog.remove();
    running = null;
    const address = new URL(location.href);
    if (address.searchParams.has('tour')) {
      address.searchParams.delete('tour');
      history.replaceState(history.state, '', address);
    }
    away(name);
    const to = back?.isConnected && back.checkVisibility?.() && back !== document.body ? back : document.getElementById('main');
    to?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  show(0);
}
