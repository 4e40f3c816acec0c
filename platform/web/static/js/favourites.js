/** Favourites are ordered by dragging, or by Alt and the arrows; the order is kept at once. Loaded when there are some. */
import './dnd.js';
import { send } from './parts.js';

document.addEventListener('trellis:move', (event) => {
  const { key, to, index, item } = event.detail;
  // the list that was dragged in shows the order already; the one in the navigation may have to follow
  if (to === 'favourites') send('/favourites/move', { target: key, to: index }, item.closest('#favourites') ? [] : ['#favourites']);
});
