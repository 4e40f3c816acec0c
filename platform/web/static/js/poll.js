/** What is still going on: data-poll="address" on a part with an id is looked at again until the page says so no longer. Loaded when first used. */
import { say } from './live.js';
import { take } from './parts.js';

const EVERY = 1500; // ms
const LATER = 10000; // after a failure, and while nobody looks

export function refresh(within = document) {
  const own = within !== document && within.matches('[data-poll]') ? [within] : [];
  for (const part of [...own, ...within.querySelectorAll('[data-poll]')]) setTimeout(look, EVERY, part);
}

async function look(part) {
  if (!part.isConnected) return;
  const selector = `#${CSS.escape(part.id)}`;
  try {
    if (document.hidden || part.contains(document.activeElement)) throw new Error('not now');
    const answer = await fetch(part.dataset.poll, { headers: { 'X-Part': '1', 'X-Quietly': '1' } });
    if (!answer.ok || answer.redirected) throw new Error('no answer');
    take(await answer.text(), [selector]);
    const now = document.querySelector(selector);
    if (now && !now.dataset.poll) say(now.dataset.says);
  } catch {
    setTimeout(look, document.hidden ? LATER : 2 * EVERY, part);
  }
}
