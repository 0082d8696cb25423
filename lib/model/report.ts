/** Where a verb tells its story while it works: stderr, never stdout. Made by `io/reporter.ts`. */
export type Reporter = {
  /** A line of the story; silent under --quiet. */
  step(text: string): void;
  /** Something the operator should know though the work goes on; printed under --quiet too. */
  warn(text: string): void;
  /** For --verbose alone: the commands that run, what was chosen and why. */
  debug(text: string): void;
  /** Shown for work that lasts longer than two seconds. */
  progress(phase: string): Progress;
};

export type Progress = {
  /** How far the work is, in bytes or rows; with `total`, the time left is shown. */
  update(state: {
    readonly done: number;
    readonly total?: number;
    readonly unit: 'bytes' | 'rows' | 'tables';
  }): void;
  /** Called exactly once, in a `finally`. */
  end(): void;
};
