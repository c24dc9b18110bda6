package io.headgate.journal;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where a process may die in the midst of writing to its journal's folder. Folds away, unless a
 * test's JVM asks to be halted at one, the n-th time that it comes there: {@code
 * -Dheadgate.kill.at=SNAPSHOT_MADE:2}.
 */
enum KillPoint {
  /** A document is made, and not appended. */
  APPEND,
  /** It is appended, and not yet said to be durable. */
  APPENDED,
  /** Of former files some have got their new names, and others not. */
  PUT_ASIDE,
  /** All have, and Chronicle's own file is still there. */
  ALL_PUT_ASIDE,
  /** A snapshot is written, under a name that nobody reads. */
  SNAPSHOT_MADE,
  /** It has its name, and older ones are still there. */
  SNAPSHOT_NAMED,
  /** It is said where the journal begins from now on, and nothing is deleted yet. */
  RETENTION_SAID,
  /** A file of those is deleted. */
  RETENTION_DELETED;

  private static final String AT = System.getProperty("headgate.kill.at", "");
  private static final boolean ON = !AT.isEmpty();
  private static final AtomicInteger LEFT =
      new AtomicInteger(ON ? Integer.parseInt(AT.substring(AT.indexOf(':') + 1)) : 0);

  /** The process comes here. */
  void here() {
    if (ON && AT.startsWith(name() + ":") && LEFT.decrementAndGet() == 0) {
      Runtime.getRuntime().halt(9);
    }
  }
}
