/**
 * Dragging in lists and grids, by mouse, pen, finger and keys; loaded by pages that have something to drag.
 *
 * Markup: a zone is [data-dnd="group"][data-zone="name"], its items are its children with [data-drag="key"]; a child with
 * [data-fixed] stays last. Items move between zones of one group; a zone with data-dnd-from only gives (a palette).
 * We never move nodes: the page's model does, on `trellis:move` (bubbles, from the item's zone) with
 * {key, from, to, index, item}: index counts the items of the target zone without the moved one.
 * A zone with data-dnd-plain has no order: only moves to another zone are told, and nothing is said. A link with data-lift can be
 * dragged with its item (give it draggable="false"); so can a button or a summary.
 * An item with data-zones='["name", …]' goes to these zones only.
 * With data-dnd-self on a zone (plain lists of a form) we move the node ourselves as well.
 * Keys on an item: Alt+Up/Down one place, Alt+Left/Right to the zone before or after. Menu twin: move(item, by), sendTo(item, zone).
 */
import { _, say, sheet } from './live.js';

sheet(new URL('../css/drag.css', import.meta.url).href); // how a lifted item and its gap look

const START = 4; // px before a press becomes a drag
const EDGE = 48; // px from an edge where scrolling starts
let drag = null;

const zonesOf = (group) => [...document.querySelectorAll(`[data-dnd="${CSS.escape(group)}"]`)];
const itemsOf = (zone, except) => [...zone.children].filter((child) => child.dataset.drag !== undefined && child !== except && !child.matches('.dgap'));
const isTarget = (zone, item) => !zone.hasAttribute('data-dnd-from') && (!item?.dataset.zones || zone === item.parentElement || JSON.parse(item.dataset.zones).includes(zone.dataset.zone));
const nameOf = (item) => item.dataset.label || item.querySelector('small .cut, .cut, b, input')?.textContent?.trim() || item.querySelector('input')?.value || item.dataset.drag;

addEventListener('pointerdown', (event) => {
  const item = event.target.closest?.('[data-drag]');
  const zone = item?.parentElement?.closest('[data-dnd]');
  if (!zone || event.button || event.target.closest('a:not([data-lift]), button:not([data-lift]), input, select, textarea, summary:not([data-lift]), .menu-b')) return;
  drag = { item, zone, id: event.pointerId, x: event.clientX, y: event.clientY, live: false };
});
addEventListener('pointermove', (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  if (!drag.live && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < START) return;
  if (!drag.live) lift(event);
  event.preventDefault();
  follow(event.clientX, event.clientY);
}, { passive: false });
addEventListener('pointerup', (event) => { if (drag && event.pointerId === drag.id) drop(); });
addEventListener('pointercancel', () => end());
addEventListener('keydown', (event) => { if (event.key === 'Escape' && drag?.live) { event.preventDefault(); end(); say(_('Move cancelled')); } }, true);
addEventListener('click', (event) => { if (Date.now() - dropped < 60) { event.preventDefault(); event.stopPropagation(); } }, true);
let dropped = 0;

function lift(event) {
  const box = drag.item.getBoundingClientRect();
  drag.live = true;
  drag.dx = event.clientX - box.left;
  drag.dy = event.clientY - box.top;
  drag.ghost = drag.item.cloneNode(true);
  drag.ghost.classList.add('dghost');
  drag.ghost.removeAttribute('data-drag');
  drag.ghost.setAttribute('aria-hidden', 'true');
  drag.ghost.style.width = `${Math.min(box.width, 320)}px`;
  drag.dx = Math.min(drag.dx, 300);
  document.body.append(drag.ghost);
  drag.gap = document.createElement(drag.item.tagName);
  drag.gap.className = 'dgap';
  drag.gap.setAttribute('aria-hidden', 'true');
  drag.item.classList.add('dlift');
  document.documentElement.classList.add('drag');
  getSelection()?.removeAllRanges();
  requestAnimationFrame(scrollOn);
}

function follow(x, y) {
  drag.ghost.style.transform = `translate(${x - drag.dx}px,${y - drag.dy}px) rotate(1deg)`;
  const zone = zoneAt(x, y);
  for (const other of zonesOf(drag.zone.dataset.dnd)) other.classList.toggle('over', other === zone);
  drag.px = x;
  drag.py = y;
  if (!zone) { drag.gap.remove(); drag.at = null; return; }
  drag.gap.hidden = true; // places are told apart as they were without the gap, or it would flee from the pointer
  const before = itemsOf(zone, drag.item).find((item) => comesBefore(x, y, item.getBoundingClientRect(), zone));
  drag.gap.hidden = false;
  const place = before || zone.querySelector(':scope > [data-fixed]');
  if (drag.gap.nextElementSibling !== place || drag.gap.parentElement !== zone) zone.insertBefore(drag.gap, place);
  drag.gap.classList.toggle('full', drag.item.classList.contains('full'));
  drag.at = { zone, index: itemsOf(zone, drag.item).indexOf(before) };
  if (!before) drag.at.index = itemsOf(zone, drag.item).length;
}

function zoneAt(x, y) {
  const under = document.elementsFromPoint(x, y).map((element) => element.closest('[data-dnd]')).find(Boolean);
  return under && under.dataset.dnd === drag.zone.dataset.dnd && isTarget(under, drag.item) ? under : null;
}

/** Whether the pointer is ahead of an item: by rows first, then by columns. */
function comesBefore(x, y, box, zone) {
  const { gridTemplateColumns, flexWrap } = getComputedStyle(zone);
  const isGrid = (flexWrap === 'wrap' || gridTemplateColumns.split(' ').length > 1) && box.width < zone.clientWidth * 0.8;
  if (!isGrid) return y < box.top + box.height / 2;
  return y < box.top || (y < box.bottom && x < box.left + box.width / 2);
}

/** Scrolls as long as the pointer is held near an edge, whether it moves or not. */
function scrollOn() {
  if (!drag?.live) return;
  if (drag.px !== undefined && scrollNear(drag.px, drag.py)) follow(drag.px, drag.py);
  requestAnimationFrame(scrollOn);
}

/** Says whether there was anywhere to scroll to. */
function scrollNear(x, y) {
  const area = document.elementFromPoint(x, y)?.closest('.bench-canvas, .bench-b, .sheet-b, .main');
  const box = area?.getBoundingClientRect();
  if (!box) return false;
  const before = area.scrollTop;
  if (y < box.top + EDGE) area.scrollTop -= 12;
  else if (y > box.bottom - EDGE) area.scrollTop += 12;
  return area.scrollTop !== before;
}

function drop() {
  const { live, at, item, zone } = drag;
  if (live) dropped = Date.now();
  end();
  if (live && at) tell(item, zone, at.zone, at.index);
}

function end() {
  if (!drag) return;
  drag.ghost?.remove();
  drag.gap?.remove();
  drag.item.classList.remove('dlift');
  document.documentElement.classList.remove('drag');
  for (const zone of zonesOf(drag.zone.dataset.dnd)) zone.classList.remove('over');
  drag = null;
}

function tell(item, from, to, index) {
  const isPlain = to.hasAttribute('data-dnd-plain');
  if (from === to && (isPlain || itemsOf(from).indexOf(item) === index)) return;
  const key = item.dataset.drag;
  const detail = { key, from: from.dataset.zone, to: to.dataset.zone, index, item };
  from.dispatchEvent(new CustomEvent('trellis:move', { bubbles: true, detail }));
  if (to.hasAttribute('data-dnd-self') || to.hasAttribute('data-values')) to.insertBefore(item, itemsOf(to, item)[index] || to.querySelector(':scope > [data-fixed]'));
  to.dispatchEvent(new Event('change', { bubbles: true }));
  if (isPlain) return;
  say(_('%(name)s is now %(place)s of %(count)s in %(zone)s', { name: nameOf(item), place: index + 1, count: itemsOf(to, item).length + 1, zone: to.getAttribute('aria-label') || to.dataset.zone }));
  requestAnimationFrame(() => document.querySelector(`[data-dnd="${CSS.escape(to.dataset.dnd)}"] > [data-drag="${CSS.escape(key)}"]`)?.focus());
}

/** Moves an item by so many places in its zone: what "Move up" and "Move down" of a menu call. */
export function move(item, by) {
  const zone = item.parentElement;
  const at = itemsOf(zone).indexOf(item);
  const to = Math.max(0, Math.min(itemsOf(zone).length - 1, at + by));
  if (to === at) say(by < 0 ? _('Already first') : _('Already last'));
  else tell(item, zone, zone, to);
}

/** Sends an item to the end of another zone of its group: what "Move to section …" of a menu calls. */
export function sendTo(item, zone) {
  tell(item, item.parentElement, zone, itemsOf(zone, item).length);
}

addEventListener('keydown', (event) => {
  const item = event.target.closest?.('[data-drag]');
  if (!item || !event.altKey || !item.parentElement.matches('[data-dnd]')) return;
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by && isTarget(item.parentElement)) { event.preventDefault(); move(item, by); }
  if (side) {
    const zones = zonesOf(item.parentElement.dataset.dnd).filter((zone) => isTarget(zone, item) || zone === item.parentElement);
    const to = zones[zones.indexOf(item.parentElement) + side];
    event.preventDefault();
    if (to && isTarget(to, item)) sendTo(item, to);
  }
});

/* menu twins in plain markup: <button data-move="-1">, <button data-send-to="zone name"> inside an item */
addEventListener('click', (event) => {
  const button = event.target.closest?.('[data-move], [data-send-to]');
  const item = button?.closest('[data-drag]');
  if (!item) return;
  if (button.dataset.move) move(item, Number(button.dataset.move));
  else {
    const zone = zonesOf(item.parentElement.dataset.dnd).find((z) => z.dataset.zone === button.dataset.sendTo);
    if (zone) sendTo(item, zone);
  }
});
