package io.headgate.examples.redteam;

import io.headgate.HeadgateEvent;
import io.headgate.HeadgateListener;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A listener that does nothing until it is told to be hostile: then it throws, or blocks, at every
 * event. A host that wants that attack gives it to its {@code Headgate.Builder}, alone or around
 * its own.
 */
public final class HostileListener implements HeadgateListener {
  private static final int KINDS = 3;
  private static final long BLOCKED_NS = 50_000_000;

  private final AtomicLong heard = new AtomicLong();
  private final HeadgateListener inner;
  private volatile boolean hostile;

  /** One by itself. */
  public HostileListener() {
    this((event, lost) -> {});
  }

  /** One around the host's own, which hears first. */
  public HostileListener(HeadgateListener inner) {
    this.inner = inner;
  }

  void hostile(boolean hostile) {
    this.hostile = hostile;
  }

  @Override
  public void on(HeadgateEvent event, long lost) {
    inner.on(event, lost);
    if (hostile) {
      switch ((int) (heard.getAndIncrement() % KINDS)) {
        case 0 -> throw new IllegalStateException("a hostile listener");
        case 1 -> throw new StackOverflowError("a hostile listener");
        default -> LockSupport.parkNanos(BLOCKED_NS);
      }
    }
  }
}
