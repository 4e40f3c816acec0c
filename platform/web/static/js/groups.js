/** Tables in groups: a heading folds its rows in place, and the address follows. Loaded when first needed. */
import { on } from './live.js';

const rowsOf = (head) => {
  const next = head.closest('tbody').nextElementSibling;
  return next?.classList.contains('grp') ? null : next;
};

on('click', '[data-fold]', (event, head) => {
  const rows = rowsOf(head);
  if (!rows || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // its rows are not here: the page is asked for
  event.preventDefault();
  const isOpen = rows.hidden;
  rows.hidden = !isOpen;
  head.setAttribute('aria-expanded', String(isOpen));
  const sign = head.querySelector('use');
  sign.setAttribute('href', sign.getAttribute('href').replace(/#.*/, isOpen ? '#chevron-down' : '#chevron-right'));
  const address = new URL(location.href);
  const others = address.searchParams.getAll('closed').filter((key) => key !== head.dataset.fold);
  address.searchParams.delete('closed');
  for (const key of isOpen ? others : [...others, head.dataset.fold]) address.searchParams.append('closed', key);
  history.replaceState({}, '', address);
});
