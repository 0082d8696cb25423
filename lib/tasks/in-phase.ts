import type {Progress} from '../model/report.ts';
import type {Context} from './context.ts';

/** Do a piece of work under its name: what lasts is shown, and no longer than it lasts. */
export const inPhase = async <Value>(
  {reporter}: Pick<Context, 'reporter'>,
  phase: string,
  work: (update: Progress['update']) => Promise<Value>,
): Promise<Value> => {
  const progress = reporter.progress(phase);
  try {
    return await work(progress.update);
  } finally {
    progress.end();
  }
};
