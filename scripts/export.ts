import {inPlural} from '../lib/model/amounts.ts';
import {OpsError} from '../lib/model/errors.ts';
import {printable} from '../lib/model/redact.ts';
import {path} from '../lib/model/setting-kinds.ts';
import {defineDoor, main, settingFlag} from './_main.ts';

export const door = defineDoor({
  name: 'export',
  summary: 'the rows of PostgreSQL as a file of JSON, compared with the server',
  description:
    'One object with an array for each table, `{"table": [rows]}`, a row on a line, in the order of the primary key; all tables as they were at one moment. Numbers have all their digits, times are ISO texts in UTC, bytes are `\\x` and hexadecimal digits. Only rows are in it: `backup` keeps a database.',
  needs: 'connection',
  options: {
    jsonPath: {value: 'FILE', kind: path(), summary: 'the file to write; none may be there'},
    schema: {value: 'NAME', summary: 'the schema whose tables are meant; `public` by default'},
    tools: settingFlag('tools'),
  },
  async run(context, {flags, connection}) {
    const {jsonPath, schema = 'public'} = flags;
    if (jsonPath === undefined)
      throw new OpsError('usage', '--json-path is missing', {hint: 'name the file to write'});
    const {exportJson} = await import('../lib/tasks/export-json.ts');
    return exportJson(context, {connection, path: jsonPath, schema});
  },
  show({path, database, tables, seconds}) {
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    return `${inPlural(tables.length, 'table')} with ${inPlural(rows, 'row')} of '${printable(database)}' are in ${printable(path)}, every byte compared, in ${seconds.toFixed(1)} s`;
  },
});

await main(door, import.meta);
