/** Which files and folders of this host a container may be given that must not reach production. */
import {lstatSync, readdirSync, realpathSync, statSync} from 'node:fs';
import {join} from 'node:path';
import type {ComposeConfig} from '../model/deploy/compose-config.ts';

/** What leads to every process of the host, or to docker itself. */
const systems = /^\/($|(proc|sys|dev|run|var\/run|var\/lib\/docker)(\/|$))/;

const deepest = 12;
const most = 50_000;

/** Of the bind mounts of a project those that are there and hold no socket: a socket is a way to whoever listens. */
export const harmlessBinds = ({services}: ComposeConfig): ReadonlySet<string> => {
  const sources = Object.values(services).flatMap(({volumes}) =>
    (volumes ?? []).flatMap(({type, source}) => (type === 'bind' && source ? [source] : [])),
  );
  return new Set([...new Set(sources)].filter(isHarmless));
};

const isHarmless = (source: string): boolean => {
  try {
    const path = realpathSync(source);
    return !systems.test(path) && !systems.test(source) && !hasSocket(path);
  } catch {
    return false;
  }
};

/** A folder too deep or too large to be looked through counts as one that has. */
const hasSocket = (path: string): boolean => {
  let left = most;
  const look = (each: string, depth: number): boolean => {
    left -= 1;
    if (left < 0 || depth > deepest) return true;
    const facts = depth === 0 ? statSync(each) : lstatSync(each);
    if (facts.isSocket()) return true;
    return (
      facts.isDirectory() && readdirSync(each).some((name) => look(join(each, name), depth + 1))
    );
  };
  return look(path, 0);
};
