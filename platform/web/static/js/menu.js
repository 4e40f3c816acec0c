/** Menus are <details>: they open without us. We add arrow keys, Escape, closing, and keep them in view. Tooltips too. */
import { make, on } from './live.js';

const ROWS = '.mi:not([disabled], [aria-disabled=true])';

document.addEventListener('toggle', (event) => {
  const menu = event.target;
  if (!(menu instanceof HTMLDetailsElement) || !menu.matches('.menu, .pick')) return;
  menu.querySelector('summary').setAttribute('aria-expanded', String(menu.open));
  if (!menu.open) return;
  for (const other of document.querySelectorAll('.menu[open], .pick[open]')) if (!other.contains(menu) && other !== menu) other.open = false;
  if (menu.matches('.menu')) place(menu);
}, true);

/** Moves the list out of whatever would cut it off, and up or to the side where there is no room. */
export function place(menu) {
  const list = menu.querySelector('.menu-b');
  const at = menu.querySelector('summary').getBoundingClientRect();
  const style = list.style;
  style.position = 'fixed';
  style.inset = 'auto';
  const { width, height } = list.getBoundingClientRect();
  const below = innerHeight - at.bottom > height + 8 || at.top < height + 8;
  const left = menu.classList.contains('menu-end') ? at.right - width : at.left;
  style.left = `${Math.max(6, Math.min(left, innerWidth - width - 6))}px`;
  const top = below && !menu.classList.contains('menu-up') ? at.bottom + 4 : at.top - height - 4;
  style.top = `${Math.max(6, Math.min(top, innerHeight - height - 6))}px`;
}

function closeAll(except) {
  for (const menu of document.querySelectorAll('.menu[open], .pick[open]')) if (menu !== except && !menu.contains(except)) menu.open = false;
}
addEventListener('pointerdown', (event) => closeAll(event.target instanceof Element ? event.target.closest('.menu, .pick') : null));
addEventListener('scroll', (event) => {
  for (const menu of document.querySelectorAll('.menu[open]')) if (event.target !== menu.querySelector('.menu-b')) menu.open = false;
}, true);
addEventListener('resize', () => closeAll(null));

on('click', '.menu-b .mi', (event, row) => {
  const menu = row.closest('.menu');
  if (row.getAttribute('type') === 'button' || row.matches('a')) menu.open = false;
});

on('keydown', '.menu', (event, menu) => {
  const rows = [...menu.querySelectorAll(ROWS)];
  const at = rows.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? rows.length - 1 : at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (event.key === 'Escape' && menu.open) {
    event.stopPropagation();
    menu.open = false;
    menu.querySelector('summary').focus();
  } else if (to !== undefined && rows.length && (menu.open || event.key.startsWith('Arrow'))) {
    event.preventDefault();
    menu.open = true;
    rows[(to + rows.length) % rows.length].focus();
  } else if (event.key === 'Tab') {
    menu.open = false;
  } else if (menu.open && event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.stopPropagation();
    const hit = [...rows.slice(at + 1), ...rows].find((row) => row.textContent.trim().toLocaleLowerCase().startsWith(event.key.toLocaleLowerCase()));
    hit?.focus();
  }
});
on('keydown', '.pick', (event, pick) => {
  if (event.key !== 'Escape' || !pick.open) return;
  event.stopPropagation();
  pick.open = false;
  pick.querySelector('summary').focus();
});

/* --- tooltips: the text of data-tip, on hover after a moment and at once on keyboard focus -------- */
const WAIT = 350;
let timer = 0;
let tip = null;

function hide() {
  clearTimeout(timer);
  tip?.remove();
  tip = null;
}
function show(control) {
  hide();
  if (!control.isConnected || control.closest('details[open]')?.querySelector('summary') === control) return;
  tip = make('div', { class: 'tip', 'aria-hidden': 'true' }, control.dataset.tip);
  document.body.append(tip);
  const at = control.getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(6, Math.min(at.left + at.width / 2 - width / 2, innerWidth - width - 6))}px`;
  tip.style.top = `${at.bottom + height + 8 > innerHeight ? at.top - height - 6 : at.bottom + 6}px`;
}
on('pointerover', '[data-tip]', (event, control) => {
  if (event.pointerType === 'touch' && !control.matches('.help')) return;
  clearTimeout(timer);
  timer = setTimeout(() => show(control), WAIT);
});
on('pointerout', '[data-tip]', (event, control) => { if (!control.contains(event.relatedTarget)) hide(); });
on('focusin', '[data-tip]', (event, control) => { if (control.matches(':focus-visible')) show(control); });
on('focusout', '[data-tip]', hide);
on('click', '[data-tip]', (event, control) => { if (control.matches('.help')) show(control); else hide(); });
addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
addEventListener('scroll', hide, true);
