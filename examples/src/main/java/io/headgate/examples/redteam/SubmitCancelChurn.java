package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.List;

/** Submits and cancels at once, by handle, by future, by closing the job. */
final class SubmitCancelChurn implements Attack {
  private static final int CALLS = 32;

  @Override
  public String name() {
    return "submit-cancel-churn";
  }

  @Override
  public String tries() {
    return "submits and cancels at once, in every way there is: places and tokens that do not return";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent agent = ground.agent("agent");
    Target model = ground.model("model");
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
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    return List.of(); // what would be lost is found by the audit, and by handles without an end
  }
}
