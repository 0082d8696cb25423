import {sweepShelf} from '../io/store.ts';
import type {Context} from './context.ts';

/** Clear away what dead runs left on a shelf; what can't be removed is told, and work goes on. Needs the shelf's lock. */
export const sweep = async (
  {reporter}: Pick<Context, 'reporter'>,
  shelf: string,
): Promise<void> => {
  const {stuck} = await sweepShelf(shelf);
  for (const {name, why} of stuck)
    reporter.warn(`a leftover can't be removed from '${shelf}': ${name}: ${why}`);
};
