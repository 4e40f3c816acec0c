/** Calendars: an entry dragged to another day or hour is moved there; Alt+arrows go by days and weeks. Loaded when first needed. */
import './dnd.js';
import { on, say } from './live.js';
import { send } from './parts.js';

const PARTS = ['[data-cal]'];

async function move(item, to) {
  const { drag: key, moveUrl, version, label } = item.dataset;
  say(label);
  await send(moveUrl, { to, version, back: location.pathname + location.search }, PARTS);
  document.querySelector(`[data-cal] [data-drag="${CSS.escape(key)}"] .cal-t`)?.focus();
}

document.addEventListener('trellis:move', (event) => {
  const { item, to, from } = event.detail;
  if (item.dataset.moveUrl && item.closest('[data-cal]') && to !== from) move(item, to);
});

/** The day so many days later than a zone's, with its hour if it has one. */
function shifted(zone, days) {
  const [day, hour] = zone.split('T');
  const moment = new Date(`${day}T12:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10) + (hour ? `T${hour}` : '');
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
on('keydown', '[data-cal] [data-move-url]', (event, item) => {
  const days = STEPS[event.key];
  if (!days || !event.altKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  move(item, shifted(item.parentElement.dataset.zone, days));
}, true);
