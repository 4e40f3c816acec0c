/** Shortcuts. Single keys can be turned off (WCAG 2.1.4); a page offers one with data-key="c" on a link or button. */
import { isTyping, on } from './live.js';
import { toggleSlim } from './shell.js';

const areOn = () => localStorage.getItem('single-keys') !== 'off';

for (const box of document.querySelectorAll('[data-keys-switch]')) box.checked = areOn();
on('change', '[data-keys-switch]', (event, box) => localStorage.setItem('single-keys', box.checked ? 'on' : 'off'));

const isShown = (element) => element && element.checkVisibility({ visibilityProperty: true });
const first = (selector) => [...document.querySelectorAll(selector)].find(isShown);

function focusOn(selector) {
  const target = first(selector);
  target?.focus();
  target?.select?.();
  return Boolean(target);
}

const SINGLE = {
  '?': () => { document.getElementById('keys')?.showModal(); return true; },
  '/': () => focusOn('[data-find]') || focusOn('[data-palette]'),
  '[': () => { toggleSlim(); return true; },
};

addEventListener('keydown', (event) => {
  const inDialog = document.querySelector('dialog[open]');
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k' && !inDialog) {
    event.preventDefault();
    // What wants to show a palette of its own cancels this event; otherwise the search box takes the focus.
    if (dispatchEvent(new CustomEvent('trellis:palette', { cancelable: true })) && !focusOn('[data-palette]')) location.assign('/search');
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || inDialog || !areOn() || event.defaultPrevented) return;
  if (isTyping(event.target) || event.target.closest?.('.menu[open], .pick[open]')) return;
  const named = first(`[data-key="${CSS.escape(event.key)}"]`);
  if (named) {
    event.preventDefault();
    named.click();
  } else if (SINGLE[event.key]?.()) {
    event.preventDefault();
  }
});
