package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Submits and cancels at once, by handle, by future, by closing the job. */
final class SubmitCancelChurn implements Attack {
  private static final int CALLS = 32;
  private static final long NEIGHBOUR_NS = 10_000_000;
  private static final double MANY = 0.1;

  private final AtomicLong asked = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  @Override
  public String name() {
    return "submit-cancel-churn";
  }

  @Override
  public String tries() {
    return "submits and cancels at once, in every way there is: places and tokens that do not"
        + " return";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent agent = ground.agent("agent");
    Target model = ground.model("model");
    Thread neighbour =
        Thread.ofPlatform()
            .daemon()
            .name("red-neighbour")
            .start(() -> neighbour(ground, ground.agent("neighbour"), model));
    ground.attack(
        Ground.THREADS,
        random -> {
          try (Job job = ground.job()) {
            for (int i = 0; i < CALLS && !ground.over(); i++) {
              Task<String> task =
                  Task.of(
                      agent,
                      model,
                      Estimate.of(10, 10),
                      attempt -> {
                        Thread.sleep(1);
                        return "";
                      });
              Admitted<String> handle = ground.submit(job, task);
              if (handle != null) {
                switch (random.nextInt(4)) {
                  case 0 -> handle.toCompletableFuture().cancel(true);
                  case 1 -> {
                    var _ = handle.join();
                  }
                  default -> handle.cancel();
                }
              }
            }
          }
        });
    ground.await(List.of(neighbour));
  }

  // Somebody else who calls the same model, and cancels nothing.
  private void neighbour(Ground ground, Agent agent, Target model) {
    while (!ground.over()) {
      LockSupport.parkNanos(NEIGHBOUR_NS);
      try (Job job = ground.job()) {
        asked.incrementAndGet();
        Task<String> task = Task.of(agent, model, Estimate.of(10, 10), attempt -> "");
        if (job.submit(task) instanceof Admitted<String> handle) {
          var _ = handle.toCompletableFuture().join();
        } else {
          refused.incrementAndGet();
        }
      }
    }
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    // Places and tokens that were lost are found by the audit, and by handles without an end.
    return refused.get() > MANY * asked.get()
        ? List.of(
            "a neighbour at the same model was refused " + refused + " of " + asked + " times")
        : List.of();
  }
}
