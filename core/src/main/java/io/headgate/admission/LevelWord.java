package io.headgate.admission;

import io.headgate.Priority;

/**
 * A target's admission level in one word, so that submitters read both of its parts at once: how
 * many of the keys are let in, and how long an agent's own wait may be so that its new jobs are let
 * in all the same. A key is a priority and, within it, a step by the hash of a job's id: those of
 * the most urgent priority come first.
 */
public final class LevelWord {
  /** Steps of each priority: enough to let in one job of a thousand. */
  public static final int STEPS = 1 << 10;

  /** All keys. */
  public static final int ALL = Priority.values().length * STEPS;

  /** The word of a target that lets everybody in. */
  static final long OPEN = ALL;

  private static final int LEVEL_BITS = 12;
  private static final long LEVEL = (1L << LEVEL_BITS) - 1;
  private static final long MAX_WAIT = Long.MAX_VALUE >> LEVEL_BITS;
  private static final int HASH_BITS = 10;

  private LevelWord() {}

  /** The word of a level, and of a wait of at most 26 days. */
  static long of(int level, long passNs) {
    return (Math.min(passNs, MAX_WAIT) << LEVEL_BITS) | level;
  }

  static int level(long word) {
    return (int) (word & LEVEL);
  }

  static long passNs(long word) {
    return word >>> LEVEL_BITS;
  }

  /** The key of a job's tasks of this priority. */
  public static int key(Priority priority, JobAccount job) {
    return priority.ordinal() * STEPS + job.step();
  }

  static int step(long id) {
    return (int) (SplitMix.mix(id) >>> (Long.SIZE - HASH_BITS));
  }
}
