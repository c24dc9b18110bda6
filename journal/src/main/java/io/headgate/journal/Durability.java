package io.headgate.journal;

/** What a journal promises of what it was told. */
public enum Durability {
  /**
   * Nobody waits: what was written in the last moments before a {@code kill -9} may be lost, and
   * calls may have been made of which the journal knows nothing.
   */
  ASYNC,
  /**
   * No call is made before its start is in the operating system's hands, which a {@code kill -9} of
   * the process does not take away; a power failure may.
   */
  WRITE_AHEAD,
  /**
   * No call is made before its start is on the disk, many at a time: what survives a power failure
   * too. Each start waits for the disk.
   */
  SYNC
}
