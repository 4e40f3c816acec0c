"""Salesforce metadata read as a package of ours, and written again.

Files -> `reading` -> Component (type, full name, tree of XML) -> `translation` -> Package and
Report -> the ordinary pipeline (`plan`, `install`). Back: documents of the org -> `keeping` ->
Component -> `writing` -> files, in source format or the Metadata API's layout.

Every component has a document of the kind KeptComponent with its XML, so that nothing is lost and
all of it travels in packages of ours. What has a translator also lives, as documents of our kinds;
its kept document says as what, and by digests what was written of that when it came. Written
again, an element whose digest still holds has its original words, any other one is written anew.

**To add a type**: one file in `translators/`, found by its registry, with a subclass of Translator:

- `name`, `kind`: Salesforce's type and our kind;
- `order`: when it is read. Types with the same tens are one stage: its documents are checked among
  each other until nothing is refused. 10-19 is the data model (value sets, objects, fields), 20-29
  what stands on fields (processes, record types, rules), 30-39 pages and lists, 40-49 navigation,
  50-59 is access and translations: by then everything that they name is in `ground.snapshot`,
  60-69 is report types, folders and reports, 70-79 dashboards;
- `reads`: the elements that it understands, all others are kept and named in the report;
- `may_lack`: attributes ("defaultValue", "valueSet.controllingField") or lists ("sections") of the
  document that our checks may take out, an element of a list alone, so that the rest lives;
- `read(component, ground)`: the documents without `uid` (made of kind and name, so that a second
  import is an upgrade), and sentences on what of it is only kept. Raise `refuse(code, why)` for
  what cannot live. A document that customises what another package ships (`ground.base(kind,
  name)`) says only what it changes: it becomes an extension of that package;
- `write(document, find)`: the elements of `reads` that say what the document says now. It must
  follow from the document alone (and what `find` gives): its digests are compared later.
- `brought(name, old, new)`: what is written where the org has changed an element, when parts of the
  old ones (buttons, links, texts of other languages) are to stay.

Texts pass through `plain()`, which takes out the marks of builders (`%%%NAMESPACE%%%`). The types
whose file is part of an object's are `component_types.PARTS`.
"""
