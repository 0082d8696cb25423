/** Whether there is room for what a deploy writes, and whether the clock can be believed. */
import {inBytes} from '../amounts.ts';
import {printable} from '../redact.ts';
import type {Finding} from './finding.ts';

export type RoomFacts = {
  /** Where sets go, and what is free there. */
  readonly backups: string;
  readonly backupsFree: number;
  /** Of the newest set of the database; undefined where there is none. */
  readonly newestSetBytes: number | undefined;
  /** What the data take in the volume; undefined where that can't be told. */
  readonly dataBytes: number | undefined;
  /** Where the engine keeps images and volumes; undefined where that is not on this host. */
  readonly root: string | undefined;
  readonly rootFree: number | undefined;
  /** Images that have to be pulled, and what those take that are here already. */
  readonly missingImages: number;
  readonly largestImageBytes: number;
};

/** A first set is taken for a tenth of the data: what gzip makes of most. */
const usualShare = 0.1;
const headroom = 1.3;
/** Below this an engine can hardly make a container. */
const least = 200_000_000;
const usualImage = 500_000_000;

/** Too little for the set is a fault; too little for a rehearsal or a pull is told: both fail without harm. */
export const judgeRoom = (facts: RoomFacts): readonly Finding[] => [
  ...backupsFindings(facts),
  ...rootFindings(facts),
];

const backupsFindings = ({
  backups,
  backupsFree: free,
  newestSetBytes,
  dataBytes = 0,
}: RoomFacts): readonly Finding[] => {
  const needed = (newestSetBytes ?? dataBytes * usualShare) * headroom;
  if (free >= needed) return [];
  return [
    {
      ...{level: 'fault', rule: 'space', where: `'${printable(backups)}'`},
      what: `${inBytes(free)} are free, the backup needs about ${inBytes(needed)}`,
      hint: 'free some space or set PGKEEP_BACKUPS to a larger disk; pgkeep removes no set to make room',
    },
  ];
};

const rootFindings = ({
  root,
  rootFree: free,
  dataBytes = 0,
  missingImages,
  largestImageBytes,
}: RoomFacts): readonly Finding[] => {
  if (root === undefined || free === undefined) return [];
  const where = `'${printable(root)}'`;
  const common = {
    rule: 'space',
    where,
    hint: 'free some space: docker system df shows what takes it',
  };
  if (free < least)
    return [{level: 'fault', ...common, what: `${inBytes(free)} are free for containers`}];
  const images = missingImages * (largestImageBytes || usualImage);
  const needed = images + dataBytes * headroom;
  if (free >= needed) return [];
  const what = `${inBytes(free)} are free; the images to pull and the copy of a rehearsal need about ${inBytes(needed)}`;
  return [{level: 'warning', ...common, what}];
};

/** `newest` is the time of the newest set or deploy; a few minutes are what clocks differ by. */
export const judgeClock = (now: Date, newest: Date | undefined): readonly Finding[] => {
  if (newest === undefined || newest.getTime() <= now.getTime() + 300_000) return [];
  return [
    {
      ...{level: 'warning', rule: 'clock', where: 'the clock of this host'},
      what: `it is ${now.toISOString()}, and the newest set is of ${newest.toISOString()}`,
      hint: 'look at the clock: a set dated in the future is never taken for the newest',
    },
  ];
};
