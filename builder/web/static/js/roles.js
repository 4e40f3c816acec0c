/** The tree of roles: a role dropped on another one goes below it; the page's own form is sent. "Move under…" does the same by click. */
import '../../platform/js/dnd.js';
import { on } from '../../platform/js/live.js';

on('trellis:move', '[data-dnd=roles]', (event) => {
  const form = document.getElementById('role-move');
  form.action = form.dataset.roleMove.replace('UID', encodeURIComponent(event.detail.key));
  form.elements.under.value = event.detail.to;
  form.submit();
});

on('click', '[data-tree-open]', (event, button) => {
  for (const branch of document.querySelectorAll('.roles details')) branch.open = Boolean(button.dataset.treeOpen);
});
