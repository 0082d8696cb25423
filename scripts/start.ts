import {OpsError} from '../lib/model/errors.ts';
import {defineDoor, main} from './_main.ts';
import {door as settingsDoor} from './settings.ts';

/** `npm start`: the main job, on a configured database or, where none is, on a sample one. */
export const door = defineDoor({
  name: 'start',
  summary: 'the main job: a proven backup of the configured database, or a tour with sample data',
  description:
    'Sets up what this machine lacks. The tour starts a throw-away PostgreSQL and leaves one backup set in backups/ to look at.',
  options: {},
  async run(context, {flags}) {
    if ('json' in flags && flags['json'])
      throw new OpsError('usage', 'npm start tells a story, it has no JSON', {
        hint: 'use `pgkeep backup --json`',
      });
    const say = (text: string) => void process.stdout.write(`${text}\n`);
    const {setUpForBackup, setUpForStart} = await import('./_setup.ts');
    if (!context.settings.connection) {
      await setUpForStart(say);
      const {tour} = await import('./_tour.ts');
      return tour(context, say);
    }
    say(`What is configured:\n\n${settingsDoor.show(context.settings)}\n\n$ pgkeep backup`);
    await setUpForBackup(say);
    const {runDoor} = await import('./_tour.ts');
    return runDoor(context, ['backup']);
  },
  show: () => '',
  exit: (code) => code,
});

await main(door, import.meta);
