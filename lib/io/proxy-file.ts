/** The file of addresses that a proxy includes: no secret, and read by another account. */
import {readFile, rm} from 'node:fs/promises';
import {writeDurably} from './durable.ts';

/** Undefined where there is none yet. */
export const proxyFileText = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch(() => undefined);

/** Errors: toolFailed. */
export const writeProxyFile = (path: string, text: string): Promise<void> =>
  writeDurably(path, text, {mode: 0o644});

/** As it was before there was one. */
export const removeProxyFile = (path: string): Promise<void> => rm(path, {force: true});
