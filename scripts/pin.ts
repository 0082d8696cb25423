import {defineDoor, main} from './_main.ts';
import {pinning} from './_pin.ts';

export const door = defineDoor({
  ...pinning,
  name: 'pin',
  summary: 'a set that retention must keep',
  async run(context, {flags, args}) {
    const {pin} = await import('../lib/tasks/pin.ts');
    return pin(context, args[0] ?? 'latest', flags.database);
  },
});

await main(door, import.meta);
