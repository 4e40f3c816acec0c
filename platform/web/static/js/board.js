/**
 * Boards: a card dragged to another column is moved there, as it is by Alt and the arrows beside it. Arrows alone walk the cards.
 * Loaded when first needed.
 */
import './dnd.js';
import { _, on, say } from './live.js';
import { send, take } from './parts.js';

const PARTS = ['[data-board]'];
const listOf = (element) => element.closest('.bc-l');
const links = (list) => [...list.querySelectorAll('.bc-t')];

async function move(item, to) {
  const { drag: key, moveUrl, version, label } = item.dataset;
  const list = document.querySelector(`[data-board] .bc-l[data-zone="${CSS.escape(to)}"]`);
  say(_('%(name)s goes to %(zone)s', { name: label, zone: list.getAttribute('aria-label') }));
  list.prepend(item); // where it is meant to be, until the server says how the board stands
  await send(moveUrl, { to, version, back: location.pathname + location.search }, PARTS);
  const card = document.querySelector(`[data-board] [data-drag="${CSS.escape(key)}"] .bc-t`);
  (card || document.querySelector(`[data-board] .bc-l[data-zone="${CSS.escape(to)}"] .bc-t`))?.focus();
}

document.addEventListener('trellis:move', (event) => {
  const { item, to, from } = event.detail;
  if (item.dataset.moveUrl && item.closest('[data-board]') && to !== from) move(item, to);
});

on('keydown', '[data-board] .bc-t', (event, link) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const lists = [...document.querySelectorAll('[data-board] .bc-l')];
  const mine = links(listOf(link));
  const at = mine.indexOf(link);
  const here = lists.indexOf(listOf(link));
  const across = (some) => { const all = links(some.find((list) => links(list).length) || link); return all[Math.min(at, all.length - 1)]; };
  const there = {
    ArrowDown: () => mine[at + 1],
    ArrowUp: () => mine[at - 1],
    ArrowRight: () => across(lists.slice(here + 1)),
    ArrowLeft: () => across(lists.slice(0, here).reverse()),
  }[event.key];
  if (!there) return;
  event.preventDefault();
  there()?.focus();
});

/* more cards: the board again with more of each column; the address follows */
on('click', '[data-board] [data-more]', async (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const list = listOf(link);
  const [zone, known] = [list.dataset.zone, links(list).length];
  list.closest('[data-board]').setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(link.href);
    take(await answer.text(), PARTS);
    history.replaceState({}, '', link.href);
    links(document.querySelector(`[data-board] .bc-l[data-zone="${CSS.escape(zone)}"]`))[known]?.focus();
  } catch {
    location.assign(link.href);
  }
});
