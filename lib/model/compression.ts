/** How a dump is compressed: `gzip`, `gzip:6`, `zstd:3`, `none`. */
export type Compression = {readonly kind: 'gzip' | 'zstd' | 'none'; readonly level: number};

const levels = {
  gzip: {usual: 1, highest: 9},
  zstd: {usual: 3, highest: 19},
  none: {usual: 0, highest: 0},
};

/** Reads `KIND` or `KIND:LEVEL`; undefined where it is neither. */
export const parseCompression = (text: string): Compression | undefined => {
  const [, kind, level] = /^(gzip|zstd|none)(?::(\d{1,2}))?$/.exec(text) ?? [];
  if (kind !== 'gzip' && kind !== 'zstd' && kind !== 'none') return undefined;
  if (level === undefined) return {kind, level: levels[kind].usual};
  const isInRange = Number(level) >= 1 && Number(level) <= levels[kind].highest;
  return isInRange ? {kind, level: Number(level)} : undefined;
};

/** What a file of that compression is called: `.gz`, `.zst`, or nothing. */
export const suffixOf = (kind: Compression['kind']): string =>
  ({gzip: '.gz', zstd: '.zst', none: ''})[kind];
