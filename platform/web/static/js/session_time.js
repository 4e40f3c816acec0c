/** Says in time that the session ends for want of pages, and stays signed in on a press: #session-time in the frame. Loaded when the page has a session. */
import { csrf, say, sheet } from './live.js';

const WARN = 120; // seconds before the end
const AGAIN = 60; // after a failure of the network

sheet(new URL('../css/session_time.css', import.meta.url).href);
const banner = document.getElementById('session-time');
let timer;

export function refresh() {
  const left = Number(banner.dataset.left);
  if (timer === undefined) later(Math.max(left - WARN, 0));
}

function later(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, 1000 * Math.min(seconds, 86400));
}

async function look() {
  take(await ask(banner.dataset.url, { headers: { 'X-Quietly': '1', Accept: 'application/json' } }));
}

async function ask(url, options) {
  const answer = await fetch(url, options).catch(() => null);
  if (answer?.status === 401) return { left: 0 };
  return answer?.ok ? answer.json().catch(() => null) : null;
}

/** Shows what the time that is left asks for; another tab may have made it longer. */
function take(state) {
  if (!state) { later(AGAIN); return; }
  const name = state.left <= 0 ? 'over' : state.left > WARN ? '' : state.extends ? 'soon' : 'last';
  for (const part of banner.querySelectorAll('[data-when]')) part.hidden = !part.dataset.when.split(' ').includes(name);
  const was = banner.hidden;
  banner.hidden = !name;
  if (name) say(banner.querySelector(`p[data-when=${name}]`).textContent);
  if (name === 'over') later(AGAIN); // somebody may sign in in another window
  else later(name ? state.left + 1 : state.left - WARN + 1);
  if (!was && !name) document.getElementById('main')?.focus({ preventScroll: true });
}

banner.querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = new URLSearchParams({ csrf_token: csrf() });
  take(await ask(event.target.action, { method: 'POST', headers: { Accept: 'application/json' }, body }));
});
