/** The port that names the socket's file; nothing listens on TCP. */
export const scratchPort = '5432';

/**
 * A server that nobody has to trust with its data: memory and locks in its own folder, every
 * safety against power loss off, nothing that works by itself in the background.
 * https://www.postgresql.org/docs/current/runtime-config.html
 */
export const scratchSettings = (options: {
  readonly socket: string;
  readonly memoryBytes: number;
}): Record<string, string> => {
  const megabytes = (share: number, most: number) =>
    `${Math.max(16, Math.min(most, Math.floor(options.memoryBytes / share / 1_048_576)))}MB`;
  return {
    listen_addresses: '',
    port: scratchPort,
    // A comma separates folders unless the name is in double quotes.
    unix_socket_directories: `"${options.socket.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'off',
    autovacuum: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    // Checkpoints cost little without fsync; a gigabyte of WAL is all the space it takes besides the data.
    max_wal_size: '1GB',
    checkpoint_timeout: '1h',
    shared_buffers: megabytes(16, 256),
    maintenance_work_mem: megabytes(32, 256),
    max_locks_per_transaction: '256',
    // Production's huge pages stay production's; parallel workers share memory through files of
    // ours, not through a /dev/shm that a container may have made tiny, and none is left there.
    huge_pages: 'off',
    dynamic_shared_memory_type: 'mmap',
    // A crash in a drill is a finding: it must not be slept through.
    restart_after_crash: 'off',
    jit: 'off',
    lc_messages: 'C',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // No ERROR lines: they would quote rows of production in our messages.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
  };
};
