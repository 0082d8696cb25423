/** What a database service is started with: the libraries that its data may need. */

const setting = 'shared_preload_libraries';

/** Of `postgres -c shared_preload_libraries=…`, in each of the forms that postgres takes; undefined where it names none. */
export const preloadedLibraries = (command: readonly string[] | null | undefined) => {
  const words = command ?? [];
  const given = words.flatMap((word, index) => {
    const value = word === '-c' || word === '--' ? (words[index + 1] ?? '') : '';
    const said = /^(?:-c\s*|--)?([\w-]+)\s*=\s*(.*)$/.exec(value || word);
    return said?.[1]?.replaceAll('-', '_') === setting ? [said[2] ?? ''] : [];
  });
  return given.at(-1);
};
