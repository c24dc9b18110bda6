package io.headgate.bench;

import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.Call;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.Target;
import io.headgate.Task;
import java.util.concurrent.CountDownLatch;

/**
 * A call that does not end until it is let go: it holds the only place, so that all that is
 * admitted behind it waits.
 */
public final class Blocker implements Call<String> {
  private final CountDownLatch end = new CountDownLatch(1);

  /** Submits one, as a job of its own that costs nothing. */
  public static Blocker submit(Headgate headgate, Agent agent, Target target) {
    var blocker = new Blocker();
    var _ =
        headgate
            .job("blocker", j -> j)
            .submitOrThrow(Task.<String>of(agent, target, Estimate.of(0, 0), blocker).ephemeral());
    return blocker;
  }

  private Blocker() {}

  @Override
  public String run(Attempt attempt) throws InterruptedException {
    end.await();
    return "";
  }

  /** Lets it end. */
  public void letGo() {
    end.countDown();
  }
}
