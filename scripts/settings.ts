import {table} from '../lib/io/table.ts';
import type {Connection} from '../lib/model/connection.ts';
import type {Settings} from '../lib/model/settings.ts';
import {databaseFlag, defineDoor, main} from './_main.ts';

export const door = defineDoor({
  name: 'settings',
  summary: 'every setting, its value, and where it came from',
  description:
    'Secrets are masked. The connection is shown as the variables that the tools are given.',
  options: {database: databaseFlag},
  run: async ({settings}) => settings,
  show: (settings) =>
    [
      table({head: ['setting', 'value', 'from'], rows: settingRows(settings)}),
      '',
      settings.connection
        ? table({head: ['connection', 'value', 'from'], rows: connectionRows(settings.connection)})
        : `no connection: ${settings.missingConnection?.message}`,
    ].join('\n'),
  json: ({project, provenance, connection}) => ({
    project,
    settings: provenance.map(({key, value = null, source}) => ({key, value, source})),
    connection: connection ? {source: connection.source, libpq: masked(connection)} : null,
  }),
});

const settingRows = ({project, provenance}: Settings) => [
  ['project', project, ''],
  ...provenance.map(({key, value, source}) => [
    key,
    value ?? '-',
    value === undefined ? '' : source,
  ]),
];

const connectionRows = (connection: Connection) =>
  Object.entries(masked(connection)).map(([name, value]) => [name, value, connection.source]);

const masked = ({libpq}: Connection): Record<string, string> =>
  Object.fromEntries(
    Object.entries(libpq).map(([name, value]) => [name, name === 'PGPASSWORD' ? '***' : value]),
  );

await main(door, import.meta);
