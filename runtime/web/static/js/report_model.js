/** The model of the report builder: one document, every change undoable. No page in here. */

const clone = (value) => JSON.parse(JSON.stringify(value));
export const ZONES = ['columns', 'groupingsDown', 'groupingsAcross'];
export const MOST = { columns: 100, groupingsDown: 3, groupingsAcross: 2 };

export class ReportModel {
  constructor(document) {
    this.state = clone(document);
    for (const zone of ZONES) this.state[zone] ||= [];
    this.saved = JSON.stringify(this.state);
    this.past = [];
    this.future = [];
  }

  get isDirty() { return JSON.stringify(this.state) !== this.saved; }
  keep() { this.saved = JSON.stringify(this.state); }

  /** The document to send: in the format that its groups make it, without what is empty. */
  get document() {
    const found = clone(this.state);
    found.format = found.groupingsAcross.length ? 'Matrix' : found.groupingsDown.length ? 'Summary' : 'Tabular';
    if (found.format === 'Matrix' && !found.groupingsDown.length) {
      found.groupingsDown = found.groupingsAcross;
      found.groupingsAcross = [];
      found.format = 'Summary';
    }
    for (const zone of ZONES) if (!found[zone].length) delete found[zone];
    return found;
  }

  /** Makes a change that can be taken back; nothing is noted when it changed nothing. */
  change(deed) {
    const before = clone(this.state);
    deed(this.state);
    this.#mend();
    if (JSON.stringify(before) === JSON.stringify(this.state)) return false;
    this.past.push(before);
    this.future = [];
    return true;
  }

  undo() { this.#step(this.past, this.future); }
  redo() { this.#step(this.future, this.past); }
  #step(from, to) {
    if (!from.length) return;
    to.push(this.state);
    this.state = from.pop();
  }

  /** Orders by totals that are gone are orders by value again. */
  #mend() {
    const totals = new Set([...this.totals.map(([name]) => name), ...(this.state.aggregates || []).map((one) => one.name)]);
    for (const zone of ZONES.slice(1)) {
      for (const row of this.state[zone]) if (row.sortByAggregate && !totals.has(row.sortByAggregate)) delete row.sortByAggregate;
    }
    this.#mendChart(totals);
  }

  /** A chart asks only for groups and totals that are there. */
  #mendChart(totals) {
    const { chart } = this.state;
    if (!chart) return;
    const groups = new Set([...this.state.groupingsDown, ...this.state.groupingsAcross].map((row) => row.field));
    for (const name of ['group', 'secondGroup']) if (chart[name] && !groups.has(chart[name])) delete chart[name];
    if (chart.secondGroup && chart.secondGroup === (chart.group || this.state.groupingsDown[0]?.field)) delete chart.secondGroup;
    chart.measures = (chart.measures || []).filter((name) => totals.has(name));
    if (!chart.measures.length) delete chart.measures;
  }

  /** Sets a part of the chart; without a kind there is none. */
  setChart(name, value) {
    return this.change((state) => {
      if (name === 'chartType' && !value) { delete state.chart; return; }
      const chart = { ...state.chart, isShown: true };
      if (name === 'measure') chart.measures = value ? [value] : [];
      else if (value) chart[name] = value;
      else delete chart[name];
      state.chart = chart;
    });
  }

  /** [name, path, aggregate] of every total that the columns ask for, the number of rows first. */
  get totals() {
    const asked = this.state.columns.flatMap((row) => (row.aggregateTypes || []).map((name) => [`${row.field}:${name}`, row.field, name]));
    return [['RowCount', '', ''], ...asked];
  }

  has(zone, path) { return this.state[zone].some((row) => row.field === path); }

  /** Puts a field into a zone, at its end if no place is told; false where it is already or no more fit. A matrix has two groups of rows at most. */
  add(zone, path, more = {}, index = Infinity) {
    return this.change(() => this.#put(zone, path, more, index));
  }

  #put(zone, path, more, index) {
    const most = zone === 'groupingsDown' && this.state.groupingsAcross.length ? 2 : MOST[zone];
    if (this.has(zone, path) || this.state[zone].length >= most) return false;
    if (zone === 'groupingsAcross' && this.state.groupingsDown.length > 2) return false;
    return this.state[zone].splice(index, 0, { field: path, ...more });
  }

  remove(zone, index) { return this.change((state) => state[zone].splice(index, 1)); }

  move(zone, index, by) {
    const to = index + by;
    if (to < 0 || to >= this.state[zone].length) return false;
    return this.change((state) => state[zone].splice(to, 0, ...state[zone].splice(index, 1)));
  }

  /** Takes a row to a place in another zone, where `more` is what it has there; false where it does not fit. */
  carry(from, path, to, index, more = {}) {
    const at = this.state[from].findIndex((row) => row.field === path);
    if (at < 0) return false;
    if (from === to) return this.move(from, at, index - at);
    return this.change((state) => {
      const row = state[from].splice(at, 1)[0];
      if (!this.#put(to, path, more, index)) state[from].splice(at, 0, row);
    });
  }

  /** Sets an attribute of a row, or takes it away where the value is empty. */
  set(zone, index, name, value) {
    return this.change((state) => {
      if (value === '' || value === undefined || value === 0) delete state[zone][index][name];
      else state[zone][index][name] = value;
    });
  }

  toggle(index, aggregate) {
    return this.change((state) => {
      const row = state.columns[index];
      const names = new Set(row.aggregateTypes || []);
      if (!names.delete(aggregate)) names.add(aggregate);
      if (names.size) row.aggregateTypes = [...names]; else delete row.aggregateTypes;
    });
  }

  /* -- buckets: columns made of others, by the names that the report gives them */
  freeBucket() {
    const taken = new Set((this.state.buckets || []).map((one) => one.name));
    for (let n = 1; ; n += 1) if (!taken.has(`Bucket${n}`)) return `Bucket${n}`;
  }

  putBucket(bucket) {
    return this.change((state) => {
      state.buckets ||= [];
      const at = state.buckets.findIndex((one) => one.name === bucket.name);
      if (at < 0) state.buckets.push(bucket); else state.buckets[at] = bucket;
    });
  }

  /** Takes a bucket away, and every place that shows it. */
  removeBucket(name) {
    return this.change((state) => {
      state.buckets = (state.buckets || []).filter((one) => one.name !== name);
      if (!state.buckets.length) delete state.buckets;
      for (const zone of ZONES) state[zone] = state[zone].filter((row) => row.field !== name);
      this.#keepList(state, 'sort', (state.sort || []).filter((row) => row.field !== name));
    });
  }

  /* -- cross filters, by their places */
  putCross(index, cross) {
    return this.change((state) => {
      state.crossFilters ||= [];
      if (index < 0) state.crossFilters.push(cross); else state.crossFilters[index] = cross;
    });
  }

  removeCross(index) {
    return this.change((state) => this.#keepList(state, 'crossFilters', state.crossFilters.filter((_one, n) => n !== index)));
  }

  #keepList(state, name, list) { if (list.length) state[name] = list; else delete state[name]; }

  /* -- summary formulas, by their names */
  putFormula(formula) {
    return this.change((state) => {
      state.aggregates ||= [];
      const at = state.aggregates.findIndex((one) => one.name === formula.name);
      if (at < 0) state.aggregates.push(formula); else state.aggregates[at] = formula;
    });
  }

  removeFormula(name) {
    return this.change((state) => this.#keepList(state, 'aggregates', state.aggregates.filter((one) => one.name !== name)));
  }

  freeFormula() {
    const taken = new Set((this.state.aggregates || []).map((one) => one.name));
    for (let n = 1; ; n += 1) if (!taken.has(`Formula${n}`)) return `Formula${n}`;
  }

  /** The order of rows and how many there are; orders beyond those that the page shows stay. */
  putRows(sort, limit) {
    return this.change((state) => {
      this.#keepList(state, 'sort', [...sort, ...(state.sort || []).slice(2)]);
      if (limit > 0) state.rowLimit = limit; else delete state.rowLimit;
    });
  }
}
