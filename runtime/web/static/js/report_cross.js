/** The dialog of a cross filter: records with or without records of another object. */
import { _, csrf, make } from '../../platform/js/live.js';
import { refresh } from '../../platform/js/filters.js';

/** Filter rows of a form as a document keeps them. */
export const rowsIn = (home) => [...home.querySelectorAll('[data-rules-list] [data-rule]')]
  .map((row) => ({ field: row.querySelector('[name=filter_field]').value, operator: row.querySelector('[name=filter_operator]').value, value: row.querySelector('[name=filter_value]').value.trim() }))
  .filter((row) => row.field && row.operator)
  .map((row, n) => ({ id: String(n + 1), field: row.field, operator: row.operator, ...(row.value ? { value: row.value } : {}) }));

export class CrossDialog {
  /** `relations` are [lookup, label]; `address` gives the filter rows of one. */
  constructor(dialog, relations, address, model, changed) {
    Object.assign(this, { dialog, relations, address, model, changed, form: dialog.querySelector('form'), home: dialog.querySelector('[data-cross-rows]') });
    const { cross_relation: relation } = this.form.elements;
    relation.replaceChildren(...relations.map(([value, label]) => make('option', { value }, label)));
    relation.addEventListener('change', () => this.#rows({ relation: relation.value }));
    dialog.querySelector('[data-cross-remove]').addEventListener('click', () => { dialog.close(); changed(model.removeCross(this.index)); });
    this.form.addEventListener('submit', (event) => { event.preventDefault(); this.#keep(); });
  }

  labelOf(cross) {
    const children = this.relations.find(([name]) => name === cross.relation)?.[1] || cross.relation;
    return cross.operation === 'without' ? _('without %(children)s', { children }) : _('with %(children)s', { children });
  }

  /** Opens for a cross filter by its place, or for a new one. */
  open(index = -1) {
    this.index = index;
    const cross = (this.model.state.crossFilters || [])[index] || { operation: 'with', relation: this.relations[0]?.[0] };
    const { cross_relation: relation, cross_operation: operation } = this.form.elements;
    relation.value = cross.relation;
    operation.value = cross.operation;
    this.dialog.querySelector('[data-cross-remove]').hidden = index < 0;
    this.dialog.showModal();
    operation.focus();
    this.#rows(cross);
  }

  async #rows(cross) {
    this.home.setAttribute('aria-busy', 'true');
    const answer = await fetch(this.address, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf() }, body: JSON.stringify(cross) }).catch(() => null);
    const text = answer?.ok ? await answer.text() : '';
    this.home.replaceChildren(...(text ? new DOMParser().parseFromString(text, 'text/html').body.childNodes : [make('p', { class: 'bad' }, _('The fields could not be loaded. Close this and try again.'))]));
    refresh(this.home);
    this.home.removeAttribute('aria-busy');
  }

  #keep() {
    const { cross_relation: relation, cross_operation: operation } = this.form.elements;
    const filters = rowsIn(this.home);
    this.dialog.close();
    this.changed(this.model.putCross(this.index, { operation: operation.value, relation: relation.value, ...(filters.length ? { filters } : {}) }));
  }
}
