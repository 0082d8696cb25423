import {printable} from '../lib/model/redact.ts';
import {choice} from '../lib/model/setting-kinds.ts';
import type {Verified} from '../lib/tasks/verify-sets.ts';
import {databaseFlag, defineDoor, main, settingFlag} from './_main.ts';

export const door = defineDoor({
  name: 'verify',
  summary: 'prove a set: every byte, the whole archive, or a drill with every row compared',
  description:
    'Levels: checksum (every byte against the manifest), archive (decompressed and read to its end), restore (a drill: restored into a throw-away server of the same major, every row, object and role compared). What is found is recorded beside the set.',
  arguments: [{name: 'set', summary: 'an id, `latest` (the default), or a folder', optional: true}],
  options: {
    level: {
      value: 'LEVEL',
      kind: choice('checksum', 'archive', 'restore'),
      summary: 'checksum, archive or restore; what PGKEEP_VERIFY says when absent',
    },
    all: {summary: 'every set of every database'},
    database: {...databaseFlag, summary: 'the database whose sets are meant'},
    jobs: settingFlag('jobs'),
    scratch: settingFlag('scratch'),
    tools: settingFlag('tools'),
    backups: settingFlag('backups'),
  },
  async run(context, {flags, args}): Promise<Verified> {
    const {verifySets} = await import('../lib/tasks/verify-sets.ts');
    if (flags.all && args.length > 0) throw await contradiction();
    const which = flags.all ? 'all' : {name: args[0] ?? 'latest'};
    return verifySets(context, {
      which,
      database: flags.database,
      level: flags.level ?? context.settings.verify,
    });
  },
  show: ({verified, unreadable}) =>
    [
      ...verified.flatMap(({set, proof}) => [
        `${set.manifest.id}  ${printable(set.manifest.database)}  ${proof.level}  ${proof.verdict}  in ${proof.seconds.toFixed(1)} s`,
        ...[...proof.problems, ...(proof.notes ?? [])].map((text) => `    ${printable(text)}`),
      ]),
      ...unreadable.map(({folder, why}) => `not a set: ${printable(`${folder}: ${why}`)}`),
    ].join('\n'),
  json: ({verified, unreadable}) => [
    ...verified.map(({set, proof}) => ({
      id: set.manifest.id,
      database: set.manifest.database,
      folder: set.folder,
      ...proof,
    })),
    ...unreadable.map(({folder, why}) => ({folder, verdict: 'damaged', problems: [why]})),
  ],
  exit: ({verified, unreadable}) =>
    unreadable.length > 0 || verified.some(({proof}) => proof.verdict === 'damaged') ? 4 : 0,
});

const contradiction = async () => {
  const {OpsError} = await import('../lib/model/errors.ts');
  return new OpsError('usage', 'a set and --all contradict each other', {hint: 'give one of them'});
};

await main(door, import.meta);
