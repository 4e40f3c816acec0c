/** Words for people who do not see the page, translated texts, and small things other modules share. */
const texts = JSON.parse(document.getElementById('messages')?.textContent || '{}');

/** The text in the reader's language; %(name)s is filled from values. */
export function _(source, values = {}) {
  return (texts[source] || source).replace(/%\((\w+)\)s/g, (all, name) => values[name] ?? all);
}

/** Has a screen reader say the text. */
export function say(text) {
  const region = document.getElementById('live');
  if (!region) return;
  region.textContent = '';
  requestAnimationFrame(() => { region.textContent = text; });
}

/** Listens on the document for events on elements that match, present and future ones. */
export function on(type, selector, listener, options) {
  document.addEventListener(type, (event) => {
    const target = event.target instanceof Element ? event.target.closest(selector) : null;
    if (target) listener(event, target);
  }, options);
}

export function icon(name, extra = '') {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('class', `i ${extra}`.trim());
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `${new URL('../vendor/icons.svg', import.meta.url).pathname}#${name}`);
  svg.append(use);
  return svg;
}

/** An element: make('button', {class: 'btn', type: 'button'}, 'Text', child). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Adds a style sheet to the page, once; the promise ends when it has loaded, or cannot be. */
export function sheet(href) {
  if ([...document.styleSheets].some((one) => one.href === href)) return Promise.resolve();
  const link = make('link', { rel: 'stylesheet', href });
  const done = new Promise((ready) => { for (const end of ['load', 'error']) link.addEventListener(end, ready); });
  document.head.append(link);
  return done;
}

export const csrf = () => document.querySelector('meta[name=csrf-token]')?.content || '';

export function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${value ? 31536000 : 0}; samesite=lax`;
}

export const isTyping = (element) => element instanceof Element
  && Boolean(element.closest('input:not([type=checkbox],[type=radio],[type=button]), textarea, select, [contenteditable=true]'));
