/** The dialog of a bucket: values of a field under a few names, by ranges or by lists. */
import { _, icon, make, say } from '../../platform/js/live.js';

const MOST = 20;
const parted = (text) => [...new Set(text.split(',').map((part) => part.trim()).filter(Boolean))];

const box = (label, name, value = '', more = {}) => make('input', { class: 'in', name, 'aria-label': label, value, autocomplete: 'off', ...more });

export class BucketDialog {
  /** `fields` are those of the palette; `changed(done)` is told of every change of the model. */
  constructor(dialog, fields, model, changed) {
    Object.assign(this, { dialog, fields, model, changed, form: dialog.querySelector('form'), rows: dialog.querySelector('[data-bucket-rows]') });
    const { bucket_field: field } = this.form.elements;
    const groups = new Map();
    for (const one of [...fields.values()].filter(({ bucket }) => bucket)) {
      if (!groups.has(one.group)) groups.set(one.group, make('optgroup', { label: one.group }));
      groups.get(one.group).append(make('option', { value: one.path }, one.label));
    }
    field.append(...groups.values());
    field.addEventListener('change', () => this.#fill({ values: [] }));
    dialog.querySelector('[data-bucket-add]').addEventListener('click', () => this.#add({}).querySelector('input').focus());
    dialog.querySelector('[data-bucket-remove]').addEventListener('click', () => this.#remove());
    this.form.addEventListener('submit', (event) => { event.preventDefault(); this.#keep(); });
    this.rows.addEventListener('change', ({ target }) => { if (target.name === 'below') this.#follow(target); });
  }

  /** Opens for a bucket of the report, or for a new one of a field. */
  open(name = '', path = '') {
    const bucket = (this.model.state.buckets || []).find((one) => one.name === name);
    this.name = name;
    const { bucket_label: label, bucket_field: field, bucket_other: other } = this.form.elements;
    field.value = bucket?.field || path || field.querySelector('option')?.value || '';
    label.value = bucket?.label || '';
    other.value = bucket?.otherLabel || '';
    this.dialog.querySelector('[data-bucket-remove]').hidden = !bucket;
    this.#tell([]);
    this.#fill(bucket || { values: [] });
    this.dialog.showModal();
    label.focus();
  }

  get field() { return this.fields.get(this.form.elements.bucket_field.value); }
  get way() { return this.field?.choices.length ? 'choices' : this.field?.bucket; }

  #fill(bucket) {
    const { way } = this;
    this.rows.replaceChildren();
    this.dialog.querySelector('[data-bucket-add]').hidden = way === 'choices';
    this.dialog.querySelector('[data-bucket-hint]').textContent = { range: _('From is part of the bucket, below is not. Leave one empty for no bound.'), values: _('Separate values by commas.'), choices: _('Values with the same name are one bucket.') }[way] || '';
    if (way === 'choices') this.#choices(bucket);
    else for (const value of bucket.values.length ? bucket.values : [{}, {}, {}]) this.#add(value);
  }

  #add(value) {
    if (this.rows.children.length >= MOST) return this.rows.lastElementChild;
    const number = this.rows.children.length + 1;
    const name = box(_('Name of bucket %(n)s', { n: number }), 'name', value.label, { placeholder: _('Name'), maxlength: 255 });
    const remove = make('button', { class: 'ib ib-s', type: 'button', 'aria-label': _('Remove bucket %(n)s', { n: number }) }, icon('x'));
    const bound = (label, key, text) => box(label, key, text, { type: 'number', step: 'any', placeholder: key === 'from' ? _('From') : _('Below') });
    const more = this.way === 'range'
      ? [bound(_('From, of bucket %(n)s', { n: number }), 'from', value.from), bound(_('Below, of bucket %(n)s', { n: number }), 'below', value.below)]
      : [box(_('Values of bucket %(n)s', { n: number }), 'values', (value.values || []).join(', '), { placeholder: _('Values') })];
    const row = make('li', { class: `rb-bucket rb-by-${this.way}` }, name, ...more, remove);
    remove.addEventListener('click', () => { row.remove(); this.dialog.querySelector('[data-bucket-add]').focus(); });
    this.rows.append(row);
    return row;
  }

  /** Where one range ends the next begins. */
  #follow(below) {
    const next = below.closest('li').nextElementSibling?.querySelector('[name=from]');
    if (next && !next.value) next.value = below.value;
  }

  #choices(bucket) {
    const list = make('datalist', { id: 'bucket-names' });
    const names = () => list.replaceChildren(...[...new Set([...this.rows.querySelectorAll('[name=name]')].map((input) => input.value.trim()).filter(Boolean))].map((value) => make('option', { value })));
    for (const [value, text] of this.field.choices) {
      const found = bucket.values.find((one) => (one.values || []).includes(value));
      const input = box(_('Bucket of %(value)s', { value: text }), 'name', found?.label, { placeholder: _('Name of the bucket'), list: 'bucket-names', 'data-value': value, maxlength: 255 });
      input.addEventListener('change', names);
      this.rows.append(make('li', { class: 'rb-bucket rb-by-choices' }, make('span', { class: 'cut' }, text), input));
    }
    this.rows.append(make('li', { hidden: true }, list));
    names();
  }

  #values() {
    const found = [];
    const text = (row, name) => row.querySelector(`[name=${name}]`)?.value.trim() || '';
    for (const row of this.rows.querySelectorAll('.rb-bucket')) {
      const label = text(row, 'name');
      const value = row.querySelector('[data-value]')?.dataset.value;
      if (value !== undefined) {
        const there = found.find((one) => one.label === label);
        if (there) there.values.push(value); else if (label) found.push({ label, values: [value] });
        continue;
      }
      const [from, below, values] = [text(row, 'from'), text(row, 'below'), parted(text(row, 'values'))];
      if (label || from || below || values.length) found.push({ label, ...(from ? { from } : {}), ...(below ? { below } : {}), ...(values.length ? { values } : {}) });
    }
    return found;
  }

  #problems(label, values) {
    const found = [];
    if (!label) found.push(_('Give the bucket column a name.'));
    if (!values.length) found.push(_('Give at least one bucket a name and values.'));
    if (values.length > MOST) found.push(_('There can be %(n)s buckets at most.', { n: MOST }));
    for (const one of values) {
      if (!one.label) found.push(_('Every bucket needs a name.'));
      else if (!one.from && !one.below && !one.values) found.push(_('%(name)s takes no values yet.', { name: one.label }));
      else if (one.from && one.below && Number(one.from) >= Number(one.below)) found.push(_('%(name)s ends before it begins.', { name: one.label }));
    }
    return [...new Set(found)];
  }

  #tell(problems) {
    this.dialog.querySelector('[data-bucket-problems]').replaceChildren(...(problems.length ? [make('div', { class: 'banner banner-bad' }, icon('circle-alert'), make('ul', {}, ...problems.map((text) => make('li', {}, text))))] : []));
  }

  #keep() {
    const { bucket_label: named, bucket_other: other } = this.form.elements;
    const [label, values] = [named.value.trim(), this.#values()];
    const problems = this.#problems(label, values);
    this.#tell(problems);
    if (problems.length) return;
    const done = this.model.putBucket({ name: this.name || this.model.freeBucket(), label, field: this.field.path, values, ...(other.value.trim() ? { otherLabel: other.value.trim() } : {}) });
    this.dialog.close();
    say(_('%(name)s kept', { name: label }));
    this.changed(done);
  }

  #remove() {
    this.dialog.close();
    this.changed(this.model.removeBucket(this.name));
  }
}
