/** A dashboard: tiles say how wide they are, all are refreshed at once, full screen. */
import { _, on, say } from '../../platform/js/live.js';
import { inside } from './dashboard_width.js';

document.addEventListener('htmx:configRequest', (event) => {
  const tile = event.target.closest?.('[data-tile]');
  if (tile) event.detail.parameters.w = inside(tile);
});
document.addEventListener('htmx:sendError', (event) => told(event.target));
document.addEventListener('htmx:responseError', (event) => told(event.target));

function told(tile) {
  if (!tile.matches?.('[data-tile]')) return;
  const line = document.createElement('p');
  line.className = 'db-no';
  line.textContent = _('This tile could not be drawn. Refresh to try again.');
  tile.replaceChildren(line);
}

on('click', '[data-refresh]', (event) => {
  event.preventDefault();
  document.body.dispatchEvent(new CustomEvent('refresh-tiles'));
  say(_('The tiles are drawn anew.'));
});
on('click', '[data-full]', (event, button) => {
  button.closest('details')?.removeAttribute('open');
  document.querySelector('[data-dashboard]').requestFullscreen?.();
});
