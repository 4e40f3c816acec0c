/** The bell's list of the latest notices: asked for when it is opened. Loaded then. */
import { place } from './menu.js';
import { take } from './parts.js';

export async function fill(menu) {
  const answer = await fetch(menu.dataset.bell, { headers: { 'X-Part': '1' } }).catch(() => null);
  if (!answer?.ok) return; // the way to the whole page is there already
  take(await answer.text(), ['#bell']);
  if (menu.open) place(menu);
}
