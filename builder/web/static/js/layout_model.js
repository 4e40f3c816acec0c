/** The model of the layout editor: sections, cells and related lists, every change undoable. No page in here. */

const clone = (value) => JSON.parse(JSON.stringify(value));
const fresh = () => Math.random().toString(36).slice(2, 10);

export class LayoutModel {
  constructor({ sections, relatedLists }) {
    this.state = { sections: clone(sections), relatedLists: clone(relatedLists) };
    this.saved = JSON.stringify(this.state);
    this.past = [];
    this.future = [];
  }

  get isDirty() { return JSON.stringify(this.state) !== this.saved; }
  keep() { this.saved = JSON.stringify(this.state); }

  /** Makes a change that can be taken back; nothing is noted when it changed nothing. */
  change(deed) {
    const before = clone(this.state);
    deed(this.state);
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

  /* -- reading */
  section(id) { return this.state.sections.find((section) => section.id === id); }
  column(section, number) { return section.cells.filter((cell) => Math.min(cell.wide ? 1 : cell.column || 1, section.columns) === number); }
  find(id) {
    for (const section of this.state.sections) {
      const cell = section.cells.find((one) => one.id === id);
      if (cell) return { section, cell };
    }
    return null;
  }
  get used() { return new Set(this.state.sections.flatMap((section) => section.cells.map((cell) => cell.field).filter(Boolean))); }
  list(id) { return this.state.relatedLists.find((one) => one.id === id); }

  /* -- changing; `zone` is "<section>/<column>" */
  put(cell, zone, index) {
    const [id, number] = zone.split('/');
    const section = this.section(id);
    const column = this.column(section, Number(number)).filter((one) => one.id !== cell.id);
    cell.column = Number(number);
    if (cell.column > 1) delete cell.wide;
    for (const other of this.state.sections) other.cells = other.cells.filter((one) => one.id !== cell.id);
    const after = column[index];
    const at = after ? section.cells.indexOf(after) : section.cells.length;
    section.cells.splice(at, 0, cell);
  }
  addField(field, zone, index) {
    const behavior = field.readonly ? 'Readonly' : field.required ? 'Required' : 'Edit';
    const cell = { id: fresh(), field: field.name, behavior, column: 1 };
    this.put(cell, zone, index);
    return cell;
  }
  addBlank(zone, index) {
    const cell = { id: fresh(), blank: true, column: 1 };
    this.put(cell, zone, index);
    return cell;
  }
  moveCell(id, zone, index) { this.put(this.find(id).cell, zone, index); }
  removeCell(id) { for (const section of this.state.sections) section.cells = section.cells.filter((cell) => cell.id !== id); }
  addSection(label) {
    const section = { id: fresh(), label, columns: 2, collapsed: false, cells: [] };
    this.state.sections.push(section);
    return section;
  }
  moveSection(id, index) {
    const section = this.section(id);
    const rest = this.state.sections.filter((one) => one !== section);
    rest.splice(index, 0, section);
    this.state.sections = rest;
  }
  removeSection(id) { this.state.sections = this.state.sections.filter((section) => section.id !== id); }
  moveList(id, index) {
    const list = this.list(id);
    const rest = this.state.relatedLists.filter((one) => one !== list);
    rest.splice(index, 0, list);
    this.state.relatedLists = rest;
  }
  addList(possible, index) {
    const list = { id: possible.id, field: possible.field, columns: [...possible.columns], actions: ['New'] };
    this.state.relatedLists.splice(index, 0, list);
    return list;
  }
  removeList(id) { this.state.relatedLists = this.state.relatedLists.filter((one) => one.id !== id); }
}
