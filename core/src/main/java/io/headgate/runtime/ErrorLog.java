package io.headgate.runtime;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the first error of a kind (where it happened and its class) and counts the rest. Bounded:
 * past so many kinds, new ones are only counted. Any thread. Messages of user exceptions are not
 * logged: they may hold prompts.
 */
final class ErrorLog {
  private static final Logger LOG = LoggerFactory.getLogger("io.headgate");
  private static final int MAX_KINDS = 256;

  private final ConcurrentHashMap<String, AtomicLong> kinds = new ConcurrentHashMap<>();
  private final AtomicLong total = new AtomicLong();
  private final AtomicLong ofOurs = new AtomicLong();

  /** Takes note of an error of user code: its class is logged, its message is not. */
  void ofUser(String where, Throwable error) {
    if (isFirst(where, error)) {
      log(
          () ->
              LOG.warn(
                  "{} threw {}; further ones of this kind are counted only",
                  where,
                  error.getClass().getName()));
    }
  }

  /** Takes note of an error of our own, with its trace. */
  void ofOurs(String where, Throwable error) {
    ofOurs.getAndIncrement();
    if (isFirst(where, error)) {
      log(() -> LOG.error("{} failed; further ones of this kind are counted only", where, error));
    }
  }

  // The host's logging is code of the host's, too, and is called on threads that must not end.
  private static void log(Runnable line) {
    try {
      line.run();
    } catch (Throwable t) { // counted as what it was to say; there is nowhere to tell of this one
      return;
    }
  }

  /** How many errors were our own. */
  long ofOursTotal() {
    return ofOurs.get();
  }

  private boolean isFirst(String where, Throwable error) {
    total.getAndIncrement();
    String kind = where + ": " + error.getClass().getName();
    AtomicLong count = kinds.get(kind);
    if (count == null) {
      if (kinds.size() >= MAX_KINDS) {
        return false;
      }
      count = kinds.computeIfAbsent(kind, k -> new AtomicLong());
    }
    return count.getAndIncrement() == 0;
  }

  long total() {
    return total.get();
  }
}
