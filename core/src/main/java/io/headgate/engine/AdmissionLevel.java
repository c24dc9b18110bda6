package io.headgate.engine;

import io.headgate.LevelPolicy;
import io.headgate.admission.LevelWord;
import java.util.Arrays;

/**
 * Which new jobs a target lets in, by how long one that comes now would wait. Judged at the end of
 * windows of a quarter of a call, and at least {@value #LEAST_WINDOW_NS} ns: where the jobs of a
 * priority wait for longer than the policy's delay, the level falls to that priority, and within it
 * until only as many are let in as begin, less what has to be caught up to three quarters of the
 * delay. They are counted by priority, and even within one since the steps are a hash: so one
 * window is enough, and the next one mends what chance did to the count. Below three quarters it
 * rises by a sixteenth a window, and doubles when nobody waits. Not thread-safe.
 *
 * <p>The delay is what waits by the interval between two starts of new jobs, not how long those
 * waited that begin: in a queue that stands the newest begin first, and have not waited at all.
 */
final class AdmissionLevel {
  /** A window is no shorter, 50 ms. */
  static final long LEAST_WINDOW_NS = 50_000_000L;

  /**
   * A new job may always wait for so many calls: with less, agents that want no more than their
   * share are kept out for the chance of two of their jobs coming at once.
   */
  private static final long DELAY_CALLS = 3;

  /** Of the delay, an agent's turn that passes: less than what is aimed at, or all would. */
  private static final double PASS = 0.6;

  /** Windows within the time of a call. */
  private static final int WINDOWS = 4;

  /** So many are enough to judge by before a window is over: a flood is not to fill it. */
  private static final int MANY = 64;

  /** It never falls to less than that share of itself in one window. */
  private static final double LEAST_SHARE = 1.0 / 64;

  private static final double RISE = 1 + 1.0 / 16;

  /** Of the delay: what is aimed at, so that chance seldom goes beyond it. */
  private static final double AIM = 0.75;

  private int level = LevelWord.ALL;
  private long fromNs;
  private long windowNs = LEAST_WINDOW_NS;

  /** New jobs' tasks that came within the window under the level, by priority, and above it. */
  private final int[] below = new int[TargetEntry.BANDS];

  private int above;
  private int came;

  /** As many keys are let in. */
  int level() {
    return level;
  }

  boolean isLowered() {
    return level < LevelWord.ALL;
  }

  /** When the window is over. */
  long nextNs() {
    return fromNs + windowNs;
  }

  /** A new job's task was let in. */
  void came(int key) {
    came++;
    if (key < level) {
      below[key / LevelWord.STEPS]++;
    } else {
      above++;
    }
  }

  /** From which delay on it falls. */
  static long delayNs(LevelPolicy policy, long meanRunNs) {
    return Math.max(policy.delayNanos(), DELAY_CALLS * meanRunNs);
  }

  /** An agent whose turn comes within that is not kept out. */
  static long passNs(LevelPolicy policy, long meanRunNs) {
    return (long) (PASS * delayNs(policy, meanRunNs));
  }

  /**
   * Looks at it, once a window is over, or many have come.
   *
   * @param full whether the target, or all together, have no permit left: else an agent's own cap
   *     holds its queue up, and nobody is to be kept out for that
   * @param queued tasks of new jobs that wait, by priority
   * @param intervalNs from one start of a new job to the next; 0 if that is not known
   * @return whether the level has moved
   */
  boolean look(
      LevelPolicy policy,
      boolean full,
      int[] queued,
      double intervalNs,
      long meanRunNs,
      long nowNs) {
    if (!policy.isOn()) {
      boolean moved = isLowered();
      open();
      begin(meanRunNs, nowNs);
      return moved;
    }
    boolean over = nowNs >= nextNs();
    if (!over && (came < MANY || nowNs == fromNs)) {
      return false;
    }
    int before = level;
    double windows = Math.min((double) (nowNs - fromNs), 2.0 * windowNs);
    double mayNs = (double) delayNs(policy, meanRunNs);
    int waiting = 0;
    int band = 0;
    double delayNs = 0;
    for (; band < queued.length; band++) {
      waiting += queued[band];
      delayNs = waiting * intervalNs;
      if (delayNs > mayNs) {
        break;
      }
    }
    if (full && band < queued.length && level > band * LevelWord.STEPS) {
      // What came within a lull in which nobody looked is of the end of it.
      fall(band, windows / intervalNs * (AIM * mayNs / delayNs) - above);
    } else if (!over) {
      return false;
    } else if (isLowered()) {
      rise(queued, intervalNs, AIM * mayNs);
    }
    begin(meanRunNs, nowNs);
    return level != before;
  }

  // Until as many are let in as that, but for those who are more urgent than who waits for too
  // long.
  private void fall(int band, double wanted) {
    double left = wanted;
    for (int urgent = 0; urgent < band; urgent++) {
      left -= below[urgent];
    }
    int from = band * LevelWord.STEPS;
    int to = from + LevelWord.STEPS;
    int within = below[band];
    int most = Math.clamp(level, from, to) - from;
    double share = within <= left ? 1 : Math.max(left / within, LEAST_SHARE);
    // Less urgent ones wait for longer yet; the most urgent job of all is let in whatever happens.
    level = Math.clamp(from + (int) (most * share), 1, level);
  }

  // Not beyond a priority that waits for too long.
  private void rise(int[] queued, double intervalNs, double mostNs) {
    int waiting = 0;
    int most = 0;
    for (int band = 0; band < queued.length; band++) {
      waiting += queued[band];
      if (waiting * intervalNs < mostNs) {
        most = (band + 1) * LevelWord.STEPS;
      }
    }
    double risen = (waiting == 0 ? 2.0 * level : level * RISE) + 1;
    level = (int) Math.max(level, Math.min(most, risen));
  }

  private void open() {
    level = LevelWord.ALL;
  }

  private void begin(long meanRunNs, long nowNs) {
    fromNs = nowNs;
    windowNs = Math.max(LEAST_WINDOW_NS, meanRunNs / WINDOWS);
    Arrays.fill(below, 0);
    above = 0;
    came = 0;
  }
}
