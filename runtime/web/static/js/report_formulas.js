/** The dialog of a summary formula: a figure of every group, worked out of its totals. */
import { _, icon, make, say } from '../../platform/js/live.js';

export class FormulaDialog {
  /** `check` says what is wrong with the report as it would be; `names` gives totals and levels with labels. */
  constructor(dialog, model, names, check, changed) {
    Object.assign(this, { dialog, model, names, check, changed, form: dialog.querySelector('form'), problems: dialog.querySelector('[data-formula-problems]') });
    const { formula_insert: insert, formula_text: text } = this.form.elements;
    insert.addEventListener('change', () => {
      if (insert.value) text.setRangeText(insert.value, text.selectionStart, text.selectionEnd, 'end');
      insert.value = '';
      text.focus();
    });
    dialog.querySelector('[data-formula-remove]').addEventListener('click', () => { dialog.close(); changed(model.removeFormula(this.name)); });
    this.form.addEventListener('submit', (event) => { event.preventDefault(); this.#keep(); });
  }

  /** Opens for a formula of the report, or for a new one. */
  open(name = '') {
    const known = (this.model.state.aggregates || []).find((one) => one.name === name);
    const { formula_label: label, formula_text: text, formula_type: type, formula_scale: scale } = this.form.elements;
    this.name = name;
    [label.value, text.value] = [known?.label || '', known?.formula || ''];
    [type.value, scale.value] = [known?.type || 'Number', known?.scale ?? 2];
    this.#offers();
    this.problems.replaceChildren();
    this.dialog.querySelector('[data-formula-remove]').hidden = !known;
    this.dialog.showModal();
    label.focus();
  }

  #offers() {
    const { totals, levels } = this.names();
    const group = (label, rows) => make('optgroup', { label }, ...rows.map(([value, text]) => make('option', { value }, text)));
    const first = totals[0][0];
    const looks = [[`PARENTGROUPVAL(${first}, GRAND_SUMMARY)`, _('Total of the whole report')],
      ...levels.flatMap(([path, label]) => [[`PARENTGROUPVAL(${first}, ${path})`, _('Total of the group above: %(name)s', { name: label })], [`PREVGROUPVAL(${first}, ${path})`, _('Total of the group before: %(name)s', { name: label })]])];
    this.form.elements.formula_insert.replaceChildren(make('option', { value: '' }, _('Insert…')), group(_('Totals'), totals), group(_('Other groups'), looks));
  }

  async #keep() {
    const { formula_label: label, formula_text: text, formula_type: type, formula_scale: scale } = this.form.elements;
    const row = { name: this.name || this.model.freeFormula(), label: label.value.trim(), formula: text.value.trim(), type: type.value, scale: Math.min(6, Math.max(0, Math.floor(Number(scale.value)) || 0)) };
    const wrong = row.label && row.formula ? await this.check(row) : [_('Give the formula a name and write what it shall be.')];
    this.problems.replaceChildren(...(wrong.length ? [make('div', { class: 'banner banner-bad' }, icon('circle-alert'), make('ul', {}, ...wrong.map((one) => make('li', {}, one))))] : []));
    if (wrong.length) return;
    this.dialog.close();
    say(_('%(name)s kept', { name: row.label }));
    this.changed(this.model.putFormula(row));
  }
}
