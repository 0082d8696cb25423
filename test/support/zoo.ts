import {repository} from './door.ts';
import {createDatabase, psql, type TestServer} from './postgres.ts';

/** Makes the zoo in a server's database of that name. */
export const createZoo = async (server: TestServer, name = 'zoo'): Promise<void> => {
  await createDatabase(server, name);
  await psql(server, `\\cd ${repository}test/fixtures\n\\i zoo.sql\n`, {database: name});
};
