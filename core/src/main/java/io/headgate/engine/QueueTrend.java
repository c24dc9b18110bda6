package io.headgate.engine;

/**
 * Whether a target's queue grows faster than it is served: in each of three slices on end it became
 * longer by a tenth of what began in that slice, or more, and by eight in all. A slice is ten
 * seconds, or as long as a call takes where that is more: else one call's length would look like a
 * trend. Not thread-safe.
 */
final class QueueTrend {
  static final long LEAST_SLICE_NS = 10_000_000_000L;
  private static final int SLICES = 3;
  private static final int LEAST_GROWTH = 8;
  private static final long TENTH = 10;
  private static final long NEVER = Long.MAX_VALUE;

  private long sliceEndNs = NEVER;
  private long began;
  private int queuedBefore;
  private int queuedBeforeAll;
  private int slicesGrown;
  private boolean grows;

  /** A task has left the queue, and runs. */
  void began() {
    began++;
  }

  /** Looks at how long the queue is; at {@link #nextNs} at the latest. */
  void look(int queued, long meanRunNs, long nowNs) {
    if (nowNs < sliceEndNs && sliceEndNs != NEVER) {
      return;
    }
    if (sliceEndNs == NEVER) {
      if (queued == 0) {
        return; // nothing to be watched
      }
      queuedBeforeAll = queued;
    } else {
      judge(queued);
    }
    queuedBefore = queued;
    began = 0;
    boolean watched = queued > 0 || grows;
    sliceEndNs = watched ? nowNs + Math.max(LEAST_SLICE_NS, meanRunNs) : NEVER;
  }

  private void judge(int queued) {
    int growth = queued - queuedBefore;
    if (growth > 0 && growth * TENTH >= began) {
      slicesGrown++;
    } else {
      slicesGrown = 0;
      queuedBeforeAll = queued;
    }
    grows = slicesGrown >= SLICES && queued - queuedBeforeAll >= LEAST_GROWTH;
  }

  boolean grows() {
    return grows;
  }

  /** When to look again; {@link Long#MAX_VALUE} while there is nothing to be seen. */
  long nextNs() {
    return sliceEndNs;
  }
}
