package io.headgate.examples.redteam;

import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochNanoClock;

/**
 * The system's clocks, until they are told to jump. A host that wants that attack gives it to its
 * {@code Headgate.Builder} as both clocks. Any thread.
 */
public final class JumpyClock {
  private final AtomicLong monotonicNs = new AtomicLong();
  private final AtomicLong wallNs = new AtomicLong();

  /** One that has not jumped yet. */
  public JumpyClock() {}

  /** Time for {@code clocks(...)}: monotonic unless it is told to jump back. */
  public NanoClock nanoClock() {
    return () -> System.nanoTime() + monotonicNs.get();
  }

  /** The wall clock. */
  public EpochNanoClock epochClock() {
    return () -> SystemEpochNanoClock.INSTANCE.nanoTime() + wallNs.get();
  }

  void jump(long byNs) {
    monotonicNs.addAndGet(byNs);
  }

  void jumpWall(long byNs) {
    wallNs.addAndGet(byNs);
  }
}
