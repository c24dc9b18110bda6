package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * New ids without end: an agent, a target, a job for each call, none of which comes back. So that
 * tables grow, or nobody else finds a place in them.
 */
final class IdFlood implements Attack {
  private final AtomicLong ids = new AtomicLong();

  @Override
  public String name() {
    return "id-flood";
  }

  @Override
  public String tries() {
    return "a new agent, target or job for each call: tables that grow, or are closed to others";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent first = ground.agent("first");
    Target model = ground.model("first");
    ground.attack(
        Ground.THREADS,
        random -> {
          long id = ids.incrementAndGet();
          switch (random.nextInt(8)) {
            case 0 -> {
              var _ = ground.agent("flood-" + id);
            }
            case 1 -> {
              var _ = ground.model("flood-" + id);
            }
            default -> call(ground, id, first, model);
          }
        });
    // Who came with the flood goes with it; then there is room again, or else it got through.
    ground.leave();
  }

  private static void call(Ground ground, long id, Agent agent, Target model)
      throws InterruptedException {
    try (Job job = ground.job("red-flood-" + Long.toString(System.nanoTime(), 36) + "-" + id)) {
      Task<String> task =
          Task.of(
              agent,
              model,
              Estimate.of(1, 1),
              attempt -> {
                attempt.usage(1, 1);
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
    try {
      ground.headgate.agent("red:after-the-flood").remove();
      ground.headgate.target("red:after-the-flood").remove();
      return List.of();
    } catch (IllegalStateException e) {
      return List.of("a table that stays full when the flood has gone: " + e.getMessage());
    }
  }
}
