/** Which program hashes what goes from process to process. */
import {type Hasher, sha256Of} from '../commands/stream.ts';
import type {Shell} from './shell.ts';

const ofNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** OpenSSL's where this host has one that works; else the one of coreutils. */
export const findHasher = async (shell: Shell): Promise<Hasher> => {
  const said = await shell.run(sha256Of('input', 'openssl')).catch(() => {
    shell.signal.throwIfAborted();
    return undefined;
  });
  return said?.stdout.startsWith(ofNothing) ? 'openssl' : 'sha256sum';
};
