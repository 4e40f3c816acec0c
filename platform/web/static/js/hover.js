/** A card about the record behind a link, after the pointer or the focus has stayed there. Not by touch; Escape closes it. */
import { make, on } from './live.js';

const WAIT = 400;
const LEAVE = 150;
const LINK = '.with > a[href^="/r/"]';
const known = new Map(); // {address: promise of a card or null}, as long as the page lives
let timer = 0;
let link = null;
let card = null;
let top = 0; // of the link when the card was placed

function hide() {
  clearTimeout(timer);
  link?.removeAttribute('aria-describedby');
  card?.remove();
  link = card = null;
}

function ask(address) {
  if (!known.has(address)) {
    known.set(address, fetch(`${address}/card`, { headers: { 'X-Part': '1' } })
      .then(async (answer) => (answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('.peek') : null))
      .catch(() => { known.delete(address); return null; }));
  }
  return known.get(address);
}

async function show(wanted) {
  hide();
  link = wanted;
  const found = await ask(new URL(wanted.href).pathname);
  if (!found || link !== wanted || !wanted.isConnected) return;
  card = make('div', { class: 'peek-at', role: 'tooltip', id: 'peek' }, document.importNode(found, true));
  document.body.append(card);
  wanted.setAttribute('aria-describedby', 'peek');
  place(wanted.getBoundingClientRect());
}

function place(at) {
  top = at.top;
  const { width, height } = card.getBoundingClientRect();
  const below = at.bottom + height + 8 <= innerHeight || at.top < height + 8;
  card.style.left = `${Math.max(6, Math.min(at.left, innerWidth - width - 6))}px`;
  card.style.top = `${below ? at.bottom + 6 : at.top - height - 6}px`;
}

function later(wanted) {
  clearTimeout(timer);
  if (link !== wanted) timer = setTimeout(() => show(wanted), WAIT);
}
function leave() {
  if (link?.matches(':focus-visible')) return; // the focus keeps its card, wherever the pointer goes
  clearTimeout(timer);
  timer = setTimeout(hide, LEAVE);
}

on('pointerover', LINK, (event, wanted) => { if (event.pointerType !== 'touch') later(wanted); });
on('pointerout', LINK, (event, wanted) => { if (!wanted.contains(event.relatedTarget) && !wanted.matches(':focus-visible')) leave(); });
on('pointerover', '.peek-at', () => clearTimeout(timer));
on('pointerout', '.peek-at', (event, over) => { if (!over.contains(event.relatedTarget)) leave(); });
on('focusin', LINK, (event, wanted) => { if (wanted.matches(':focus-visible')) later(wanted); });
on('focusout', LINK, hide);
on('click', LINK, hide);
addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !(card || timer)) return;
  if (card) event.stopPropagation();
  hide();
}, true);
// Only when the link has left its card: that a focus scrolled it into view may be told after the card has come.
addEventListener('scroll', () => { if (card && Math.abs(link.getBoundingClientRect().top - top) > 1) hide(); }, true);
