package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A thousand threads that race for what one job has left, and use all that they are let. */
final class BudgetRace implements Attack {
  private static final int RACERS = 1_000;
  private static final int EACH = 4;
  private static final long BUDGET = 100_000;
  private static final long INPUT = 10;
  private static final long OUTPUT = 490;
  private static final long LONGEST = 4 * OUTPUT;
  private static final long PIECE = 70;
  private static final long PATIENCE_MS = 5_000;

  private final AtomicLong most = new AtomicLong();

  @Override
  public String name() {
    return "budget-race";
  }

  @Override
  public String tries() {
    return "a thousand threads at once for one job's 100,000 tokens: to spend more";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent agent = ground.agent("agent");
    Target model = ground.model("model");
    do {
      race(ground, agent, model);
    } while (!ground.over());
  }

  private void race(Ground ground, Agent agent, Target model) throws InterruptedException {
    var used = new AtomicLong();
    var start = new CountDownLatch(1);
    var ready = new CountDownLatch(RACERS);
    List<Thread> racers = new ArrayList<>();
    try (Job job = ground.job()) {
      for (int i = 0; i < RACERS; i++) {
        racers.add(
            Thread.ofPlatform()
                .daemon()
                .name("red-racer-" + i)
                .start(
                    () ->
                        ground.attempt(
                            () -> {
                              ready.countDown();
                              start.await();
                              spend(ground, job, agent, model, used);
                            })));
      }
      var _ = ready.await(PATIENCE_MS, TimeUnit.MILLISECONDS);
      start.countDown();
      ground.await(racers);
    }
    most.accumulateAndGet(used.get(), Math::max);
  }

  private static void spend(Ground ground, Job job, Agent agent, Target model, AtomicLong used)
      throws InterruptedException {
    for (int i = 0; i < EACH; i++) {
      Task<String> task =
          Task.of(
              agent,
              model,
              Estimate.of(INPUT, OUTPUT),
              attempt -> {
                // A stream that goes on for as long as it may.
                long output = 0;
                while (output < LONGEST && attempt.charge(PIECE)) {
                  output += PIECE;
                }
                used.addAndGet(INPUT + output);
                return "";
              });
      Admitted<String> handle = ground.submit(job, task);
      if (handle != null) {
        var _ = handle.join();
      }
    }
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    return most.get() > BUDGET ? List.of(most + " tokens of one job") : List.of();
  }
}
