/** The verbs that exist, in the order of `pgkeep --help`; each is `scripts/<verb>.ts` with the same summary. */
export const verbs: Readonly<Record<string, string>> = {
  backup: 'one proven backup set of the database, then retention',
  list: 'the sets that are there, with age, size, proof and pins',
  show: 'one set in full, and the lines that restore it by hand',
  diff: 'what changed from one set to another: rows, sizes, tables, columns, definitions',
  verify: 'prove a set: every byte, the whole archive, or a drill with every row compared',
  prune: 'retention by itself: each set, kept or removed, and why',
  pin: 'a set that retention must keep',
  unpin: 'give a pinned set back to retention',
  bundle: 'one set as one portable tar file, and back',
  restore: 'a set into a database, built beside and swapped in; what was there is kept',
  undo: 'the last restore or migrate taken back; nothing is dropped',
  migrate:
    'SQLite, Redis or JSON into PostgreSQL, compared cell by cell and moved into place at once',
  export: 'PostgreSQL into a SQLite database or a file of JSON, compared with the server',
  bench: 'the same queries on SQLite and PostgreSQL: answers compared, then times',
  deploy: 'a compose application to its next version in phases, or back to what it was',
  settings: 'every setting, its value, and where it came from',
};
