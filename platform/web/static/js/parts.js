/** Sends what a form would send and takes over parts of the page that comes back, with what it says. Loaded when first used. */
import { _, csrf, on } from './live.js';
import { adopt, toast } from './overlay.js';

/**
 * Posts the values to the address; the elements that match the selectors are replaced by those of the page one is led to.
 * Resolves to whether the server took it. Without an answer everything stays, and a toast says so.
 */
export async function send(address, values, selectors) {
  const parts = selectors.flatMap((selector) => [...document.querySelectorAll(selector)]);
  for (const part of parts) part.setAttribute('aria-busy', 'true');
  try {
    const body = new URLSearchParams({ csrf_token: csrf(), ...values });
    const answer = await fetch(address, { method: 'POST', body, headers: { Accept: 'text/html' } });
    take(await answer.text(), selectors);
    return answer.ok;
  } catch {
    toast(_('The server did not answer. Try again.'), { kind: 'bad' });
    return false;
  } finally {
    for (const part of parts) part.removeAttribute('aria-busy');
  }
}

/** Replaces the parts by those of a page's text; what the page says is shown and spoken here. */
export function take(text, selectors) {
  const page = new DOMParser().parseFromString(text, 'text/html');
  for (const selector of selectors) {
    const found = page.querySelectorAll(selector);
    document.querySelectorAll(selector).forEach((part, n) => {
      if (!found[n]) return;
      const fresh = document.importNode(found[n], true);
      keepScroll(part, fresh);
      dispatchEvent(new CustomEvent('trellis:fill', { detail: fresh }));
    });
  }
  for (const line of page.querySelectorAll('.toasts [data-toast]')) adopt(document.importNode(line, true));
}

function keepScroll(old, fresh) {
  const at = [...old.querySelectorAll('[data-scrolls]'), old].map((part) => [part.scrollTop, part.scrollLeft]);
  old.replaceWith(fresh);
  [...fresh.querySelectorAll('[data-scrolls]'), fresh].forEach((part, n) => { if (at[n]) [part.scrollTop, part.scrollLeft] = at[n]; });
}

/* forms that change a part of the page: data-parts="selectors" are taken over from the page that comes back */
on('submit', 'form[data-parts]', (event, form) => {
  if (event.defaultPrevented) return;
  event.preventDefault();
  send(event.submitter?.getAttribute('formaction') || form.action, Object.fromEntries(new FormData(form, event.submitter)), form.dataset.parts.split(', '));
});

/** What is not needed for the first look: data-lazy="address" data-parts="selectors"; a failure leaves the page as it is. */
export function refresh(within = document) {
  const own = within !== document && within.matches('[data-lazy]') ? [within] : [];
  for (const part of [...own, ...within.querySelectorAll('[data-lazy]')]) {
    const address = part.dataset.lazy;
    part.removeAttribute('data-lazy');
    fetch(address, { headers: { 'X-Part': '1' } }).then(async (answer) => { if (answer.ok) take(await answer.text(), part.dataset.parts.split(', ')); }).catch(() => {});
  }
}
