package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model that corrects itself for ever: the same failing call again, or two in turn, however often
 * it is told that this leads nowhere.
 */
final class SelfCorrectingLoop implements Attack {
  private static final int TRIES = 200;
  private static final int MANY = 32;

  private final AtomicInteger most = new AtomicInteger();

  @Override
  public String name() {
    return "self-correcting-loop";
  }

  @Override
  public String tries() {
    return "the same failing call again and again, or two in turn: " + MANY + " calls of one job";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent agent = ground.agent("agent");
    Target edit = ground.tool("edit");
    Target test = ground.tool("test");
    ground.attack(
        Ground.THREADS,
        random -> {
          boolean two = random.nextBoolean();
          int made = 0;
          try (Job job = ground.job()) {
            for (int i = 0; i < TRIES && job.isOpen() && !ground.over(); i++) {
              Target tool = two && i % 2 == 1 ? edit : test;
              Task<String> task = Task.<String>of(agent, tool, attempt -> "still red");
              Admitted<String> handle = ground.submit(job, task.arguments("mvn test"));
              if (handle != null) {
                made++;
                var _ = handle.join();
              }
            }
          }
          most.accumulateAndGet(made, Math::max);
        });
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    return most.get() >= MANY ? List.of(most + " calls of one job that led nowhere") : List.of();
  }
}
