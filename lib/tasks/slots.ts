/** A number of workers that several tasks share: each takes as many as it uses, first come, first served. */

export type Slots = {
  /** Runs the work when so many are free; never more than there are in all. */
  use<T>(count: number, work: () => Promise<T>): Promise<T>;
};

export const createSlots = (total: number): Slots => {
  let free = total;
  const waiting: {readonly count: number; readonly start: () => void}[] = [];
  const next = () => {
    // Only the first is looked at: else many small ones could keep a large one waiting for ever.
    for (let first = waiting[0]; first && first.count <= free; first = waiting[0]) {
      waiting.shift();
      free -= first.count;
      first.start();
    }
  };
  return {
    async use(wanted, work) {
      const count = Math.min(wanted, total);
      await new Promise<void>((start) => {
        waiting.push({count, start});
        next();
      });
      try {
        return await work();
      } finally {
        free += count;
        next();
      }
    },
  };
};
