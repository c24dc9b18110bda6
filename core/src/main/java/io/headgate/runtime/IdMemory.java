package io.headgate.runtime;

import io.headgate.admission.SplitMix;
import org.agrona.collections.Long2LongHashMap;

/**
 * Remembers ids until a time, as 64-bit hashes: 16 to 32 bytes each, at most a million. Not
 * thread-safe. Two ids share a hash with a chance of one in ten million million at that size; then
 * the second counts as used.
 */
final class IdMemory {
  static final int MAX_IDS = 1 << 20;
  private static final long NONE = Long.MIN_VALUE;

  private final Long2LongHashMap untilNs = new Long2LongHashMap(NONE);
  private long earliestNs = Long.MAX_VALUE;

  /** Whether there is no room for another id; then {@link #earliestNs} says when there may be. */
  boolean isFull(long nowNs) {
    if (untilNs.size() >= MAX_IDS && earliestNs <= nowNs) {
      purge(nowNs);
    }
    return untilNs.size() >= MAX_IDS;
  }

  long earliestNs() {
    return earliestNs;
  }

  void remember(String id, long until) {
    untilNs.put(hash(id), until);
    earliestNs = Math.min(earliestNs, until);
  }

  boolean isRemembered(String id, long nowNs) {
    long hash = hash(id);
    long until = untilNs.get(hash);
    if (until != NONE && until <= nowNs) {
      untilNs.remove(hash);
      return false;
    }
    return until != NONE;
  }

  int size() {
    return untilNs.size();
  }

  private void purge(long nowNs) {
    long earliest = Long.MAX_VALUE;
    var entries = untilNs.entrySet().iterator();
    while (entries.hasNext()) {
      entries.next();
      long until = entries.getLongValue();
      if (until <= nowNs) {
        entries.remove();
      } else {
        earliest = Math.min(earliest, until);
      }
    }
    earliestNs = earliest;
    untilNs.compact();
  }

  // FNV-1a over the characters, then mixed.
  static long hash(String id) {
    long h = 0xCBF29CE484222325L;
    for (int i = 0; i < id.length(); i++) {
      h = (h ^ id.charAt(i)) * 0x100000001B3L;
    }
    return SplitMix.mix(h);
  }
}
