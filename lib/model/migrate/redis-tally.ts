/** What was read from Redis, counted, and what of it PostgreSQL has nothing for. */
import {inCount} from '../amounts.ts';
import {printable} from '../redact.ts';
import type {NotCarried} from './incoming.ts';
import {dumpVersionOf} from './redis-value.ts';
import {documentFaults} from './store-document.ts';
import type {StoreRow} from './store-row.ts';

export type RedisTally = {
  readonly keys: number;
  /** By the type that Redis calls them. */
  readonly types: Readonly<Record<string, number>>;
  readonly expiring: number;
  /** Deleted or expired between the listing of the keys and the reading of the value. */
  readonly vanished: number;
  readonly notCarried: readonly NotCarried[];
  /** What is wrong with documents that an application relies on. */
  readonly faults: readonly string[];
};

export type Group = {readonly name: string; readonly pending: number; readonly last: string};

/** Counts rows as they come. */
export const createTally = () => {
  const types: Record<string, number> = {};
  const counts = {keys: 0, expiring: 0, vanished: 0};
  const notCarried: NotCarried[] = [];
  const faults: string[] = [];
  return {
    vanish: () => {
      counts.vanished += 1;
    },
    take: (row: StoreRow, groups: readonly Group[]) => {
      counts.keys += 1;
      counts.expiring += row.expiresAtMilliseconds === undefined ? 0 : 1;
      types[row.type] = (types[row.type] ?? 0) + 1;
      notCarried.push(...groups.map((group) => groupOf(row, group)), ...dumpsOf(row));
      // Under this name a hash or a counter is somebody else's.
      if (row.document) faults.push(...documentFaults(row.kind, row.document));
    },
    end: (): RedisTally => ({
      ...counts,
      types: Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1))),
      notCarried: [...notCarried, ...vanishedKeys(counts.vanished)],
      faults,
    }),
  };
};

const groupOf = ({kind}: StoreRow, {name, pending, last}: Group): NotCarried => ({
  kind: 'consumer group',
  what: `'${printable(name)}' of the stream '${printable(kind)}'`,
  why: `PostgreSQL has none: it was at ${last}, ${inCount(pending)} pending`,
});

const dumpsOf = ({kind, type, encoding, bytes}: StoreRow): readonly NotCarried[] =>
  encoding === 'dump' && bytes
    ? [
        {
          kind: 'type of a module',
          what: `'${printable(kind)}', a ${printable(type)}`,
          why: `only its module reads it: kept in 'bytes' as DUMP gave it, in format ${dumpVersionOf(bytes)}`,
        },
      ]
    : [];

const vanishedKeys = (count: number): readonly NotCarried[] =>
  count === 0
    ? []
    : [
        {
          kind: 'key',
          what: count === 1 ? '1 key' : `${inCount(count)} keys`,
          why: 'deleted or expired while the others were read',
        },
      ];

/** `100,000 keys: 60,000 string, 40,000 hash; 12 with a time to live; 3 vanished`. */
export const tallyLine = ({keys, types, expiring, vanished}: RedisTally): string => {
  const each = Object.entries(types).map(([type, count]) => `${inCount(count)} ${printable(type)}`);
  return [
    `${inCount(keys)} keys${each.length > 0 ? `: ${each.join(', ')}` : ''}`,
    ...(expiring > 0 ? [`${inCount(expiring)} with a time to live`] : []),
    ...(vanished > 0 ? [`${inCount(vanished)} vanished while the others were read`] : []),
  ].join('; ');
};
