/** The frame: drawer on phones, narrow side, theme, sections that remember, lists that narrow while typing, copying. */
import { _, on, remember, say } from './live.js';

const root = document.documentElement;
const side = document.getElementById('side');

function drawer(open) {
  side?.classList.toggle('open', open);
  document.querySelector('[data-drawer]')?.setAttribute('aria-expanded', String(open));
  if (open) side?.querySelector('a, summary, input')?.focus();
}

on('click', '[data-drawer]', (event) => { event.preventDefault(); drawer(true); });
on('click', '.side-veil', (event) => { event.preventDefault(); drawer(false); });
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && side?.classList.contains('open')) {
    drawer(false);
    document.querySelector('[data-drawer]')?.focus();
  }
});

/* a long navigation shows where one is */
side?.querySelector('.nav[aria-current]')?.scrollIntoView({ block: 'nearest' });

export function toggleSlim() {
  const slim = root.dataset.nav !== 'slim';
  if (slim) root.dataset.nav = 'slim'; else delete root.dataset.nav;
  remember('nav', slim ? 'slim' : '');
}
on('click', '[data-slim]', toggleSlim);

on('click', '[data-theme-toggle]', () => {
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  remember('theme', root.dataset.theme);
  dispatchEvent(new CustomEvent('trellis:theme'));
  say(dark ? _('Light') : _('Dark'));
});

/* sections: what a person folded stays folded on the next page */
const folded = new Set(JSON.parse(localStorage.getItem('folded') || '[]'));
function unfoldAll(within) {
  for (const section of within.querySelectorAll('details[data-remember]')) {
    if (folded.has(section.dataset.remember)) section.open = false;
  }
}
document.addEventListener('toggle', (event) => {
  const name = event.target.dataset?.remember;
  if (!name) return;
  if (event.target.open) folded.delete(name); else folded.add(name);
  localStorage.setItem('folded', JSON.stringify([...folded].slice(-200)));
}, true);

on('input', '[data-narrow]', (event, input) => narrow(document.querySelector(input.dataset.narrow), input.value));
function narrow(within, text) {
  const wanted = text.trim().toLocaleLowerCase();
  for (const item of within?.querySelectorAll('[data-narrow-item]') || []) {
    const hay = `${item.textContent} ${item.dataset.narrowItem || ''}`.toLocaleLowerCase();
    item.hidden = !hay.includes(wanted);
  }
  for (const group of within?.querySelectorAll('[data-narrow-group]') || []) {
    group.hidden = !group.querySelector('[data-narrow-item]:not([hidden])');
  }
}

on('click', '[data-copy]', async (event, button) => {
  await navigator.clipboard.writeText(button.closest('.code').querySelector('code').textContent);
  say(_('Copied'));
  button.classList.add('ok');
});

export function refresh(within = document) {
  unfoldAll(within);
  for (const stage of within.querySelectorAll('.path [aria-current]')) {
    const path = stage.closest('.path');
    path.scrollLeft = stage.offsetLeft - path.offsetLeft - (path.clientWidth - stage.offsetWidth) / 2;
  }
}
refresh();
