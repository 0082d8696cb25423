import {availableParallelism} from 'node:os';

/** How many processes this host can run side by side; `most` where it has more. */
export const processors = ({most}: {readonly most: number}): number =>
  Math.min(availableParallelism(), most);
