/** The verbs that exist, in the order of `pgkeep --help`; each is `scripts/<verb>.ts` with the same summary. */
export const verbs: Readonly<Record<string, string>> = {
  settings: 'every setting, its value, and where it came from',
};
