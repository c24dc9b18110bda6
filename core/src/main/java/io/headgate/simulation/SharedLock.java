package io.headgate.simulation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What one call at a time can hold, of all that share it: the index of a repository, a row of a
 * table. Who waits stands in line, and uses nothing meanwhile; who is interrupted leaves it.
 */
final class SharedLock {
  private final Latency held;
  private final long fromNs;
  private final long toNs;
  private final Deque<Actor> line = new ArrayDeque<>();
  private @Nullable Actor owner;
  private long takenNs;
  private long busyNs;

  /**
   * A lock that nobody holds.
   *
   * @param held how long a call holds it
   * @param from when it begins to be watched
   * @param to when that is over
   */
  SharedLock(Latency held, Duration from, Duration to) {
    this.held = held;
    fromNs = from.toNanos();
    toNs = to.toNanos();
  }

  Latency held() {
    return held;
  }

  /** Waits for its turn, and holds it for so long. On the attempt's actor. */
  void hold(VirtualAttempt attempt, long ns) throws Actor.Interrupted {
    Actor self = Actor.current();
    if (self == null) {
      throw new IllegalStateException("only an actor can wait");
    }
    if (owner == null) {
      owner = self;
      takenNs = self.world().agenda.nowNs();
    } else {
      line.add(self);
    }
    try {
      while (owner != self) {
        self.pause();
      }
      attempt.sleep(ns);
    } finally {
      if (owner == self) {
        long nowNs = self.world().agenda.nowNs();
        busyNs += Math.max(0, Math.min(nowNs, toNs) - Math.max(takenNs, fromNs));
        takenNs = nowNs;
        passOn();
      } else {
        line.remove(self);
      }
    }
  }

  /** Of the time in which it was watched, the part in which it was held. */
  double busy() {
    return (double) busyNs / (toNs - fromNs);
  }

  private void passOn() {
    owner = line.poll();
    if (owner != null) {
      owner.wake(owner.pauseNumber());
    }
  }
}
