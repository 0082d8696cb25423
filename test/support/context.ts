import {createShell} from '../../lib/io/shell.ts';
import {createToolbox} from '../../lib/io/toolbox.ts';
import {parseSettings} from '../../lib/model/settings.ts';
import type {Context} from '../../lib/tasks/context.ts';

/** What a verb is handed, silent, for a test that calls it without its door. */
export const testContext = (
  project: string,
  environment: Readonly<Record<string, string>> = {},
  {signal = new AbortController().signal, now = new Date()} = {},
): Context => {
  const file = {path: `${project}/.env`, text: undefined};
  const settings = parseSettings({flags: {}, environment, file, cwd: project});
  const redact = (text: string) => text;
  const shell = createShell({
    environment: {PATH: process.env['PATH'] ?? '', LC_ALL: 'C'},
    signal,
    redact,
    trace: () => {},
  });
  return {
    now,
    settings,
    environment,
    signal,
    redact,
    reporter: {step() {}, warn() {}, debug() {}, progress: () => ({update() {}, end() {}})},
    shell,
    tools: createToolbox(shell, settings),
  };
};
