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
    const totals = new Set(this.totals.map(([name]) => name));
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

  /** Puts a field at the end of a zone; false where it is already or no more fit. A matrix has two groups of rows at most. */
  add(zone, path, more = {}) {
    const most = zone === 'groupingsDown' && this.state.groupingsAcross.length ? 2 : MOST[zone];
    if (this.has(zone, path) || this.state[zone].length >= most) return false;
    if (zone === 'groupingsAcross' && this.state.groupingsDown.length > 2) return false;
    return this.change((state) => state[zone].push({ field: path, ...more }));
  }

  remove(zone, index) { return this.change((state) => state[zone].splice(index, 1)); }

  move(zone, index, by) {
    const to = index + by;
    if (to < 0 || to >= this.state[zone].length) return false;
    return this.change((state) => state[zone].splice(to, 0, ...state[zone].splice(index, 1)));
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
}
