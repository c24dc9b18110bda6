package io.headgate.runtime;

import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import org.agrona.concurrent.SystemEpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;

/** A Headgate whose dispatcher has no thread, for benchmarks that drain outside the clock. */
public final class SteppedHeadgate {
  private final LiveHeadgate headgate;

  /** One with these bounds, under the system's clocks. */
  public SteppedHeadgate(HeadgateSettings settings) {
    headgate =
        LiveHeadgate.stepped(settings, SystemNanoClock.INSTANCE, SystemEpochNanoClock.INSTANCE);
  }

  /** Its public face. */
  public Headgate headgate() {
    return headgate;
  }

  /** Turns of the dispatcher until one finds nothing to do. */
  public void settle() {
    while (headgate.step() > 0) {
      Thread.onSpinWait();
    }
  }

  /** One turn of the dispatcher. */
  public int step() {
    return headgate.step();
  }
}
