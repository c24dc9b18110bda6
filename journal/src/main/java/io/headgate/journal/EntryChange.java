package io.headgate.journal;

/** What became of an agent or a target. A record has the ordinal: new ones come last. */
enum EntryChange {
  REGISTERED,
  RECONFIGURED,
  REMOVED,
  EVICTED
}
