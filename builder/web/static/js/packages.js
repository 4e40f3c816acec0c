/** The pages of packages: finding components in long lists, and a button that says it is at work. */
import { on } from '../../platform/js/live.js';

/* what does not match is out of sight; what is ticked stays ticked */
function narrow(page) {
  const field = page.querySelector('[data-filter]');
  if (!field) return;
  const words = field.value.trim().toLocaleLowerCase();
  const kind = page.querySelector('[data-filter-kind]')?.value || '';
  for (const row of page.querySelectorAll(field.dataset.filter)) {
    const fits = row.textContent.toLocaleLowerCase().includes(words) && (!kind || row.dataset.kind === kind);
    row.toggleAttribute('data-hides', !fits);
  }
  for (const part of page.querySelectorAll('.pk-object')) {
    const found = part.querySelector('.pk-pick:not([data-hides])');
    const head = part.querySelector('.pk-object-h, summary');
    const named = !kind && head.textContent.toLocaleLowerCase().includes(words);
    part.toggleAttribute('data-hides', !found && !named);
    const fold = part.matches('details') ? part : part.querySelector('details');
    if (fold && (words || kind)) fold.open = Boolean(found);
  }
}

on('input', '[data-filter]', (event, field) => narrow(field.form || document));
on('change', '[data-filter-kind]', (event, field) => narrow(field.form || document));
on('keydown', '[data-filter]', (event) => { if (event.key === 'Enter') event.preventDefault(); });

/* a long installation: the button is pressed once and says what happens */
on('submit', 'form', (event) => {
  const button = event.submitter;
  if (!button?.dataset.busy) return;
  button.setAttribute('aria-busy', 'true');
  button.append(' ', button.dataset.busy);
  setTimeout(() => { button.disabled = true; });
});
