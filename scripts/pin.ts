import {defineDoor, main} from './_main.ts';
import {pinning} from './_pin.ts';

export const door = defineDoor({
  ...pinning,
  name: 'pin',
  summary: 'a set that retention must keep',
  async run(context, {flags, args}) {
    const {pin} = await import('../lib/tasks/pin.ts');
    const [set = ''] = args;
    return pin(context, set, flags.database);
  },
});

await main(door, import.meta);
