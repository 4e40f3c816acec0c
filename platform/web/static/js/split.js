/** A list beside its records: j and k or the arrows walk the names, the record comes in place. Loaded when first needed. */
import { isTyping, on } from './live.js';
import { take } from './parts.js';

const NARROW = matchMedia('(max-width: 1099px)');
const names = () => [...document.querySelectorAll('.split-n')];
let wanted = ''; // the address of the record that was asked for last

async function show(link) {
  for (const one of names()) one.removeAttribute('aria-current');
  link.setAttribute('aria-current', 'true');
  link.focus();
  link.scrollIntoView({ block: 'nearest' });
  wanted = link.href;
  history.replaceState({}, '', link.href);
  document.getElementById('beside').setAttribute('aria-busy', 'true');
  try {
    const text = await (await fetch(link.href)).text();
    if (wanted === link.href) take(text, ['#beside']);
  } catch {
    location.assign(link.href);
  }
}

on('click', '.split-n', (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  show(link);
});

const STEPS = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };
addEventListener('keydown', (event) => {
  const by = STEPS[event.key];
  if (!by || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key.length === 1 && localStorage.getItem('single-keys') === 'off') return;
  if (document.querySelector('dialog[open], .menu[open]') || !names().length) return;
  if (event.key.length > 1 && event.target !== document.body && !event.target.closest?.('.split-l')) return;
  event.preventDefault();
  const all = names();
  const at = all.findIndex((one) => one.hasAttribute('aria-current'));
  const to = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  if (to) show(to);
});

/* a narrow window has no room for both sides: it opens as the table; one that is made narrow has them one below the other */
const split = document.querySelector('[data-split]');
if (split && NARROW.matches) location.replace(split.dataset.split);
