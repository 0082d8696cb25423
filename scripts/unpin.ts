import {defineDoor, main} from './_main.ts';
import {pinning} from './_pin.ts';

export const door = defineDoor({
  ...pinning,
  name: 'unpin',
  summary: 'give a pinned set back to retention',
  async run(context, {flags, args}) {
    const {unpin} = await import('../lib/tasks/pin.ts');
    const [set = ''] = args;
    return unpin(context, set, flags.database);
  },
});

await main(door, import.meta);
