package io.headgate.examples.redteam;

import io.headgate.Agent;
import io.headgate.Job;
import io.headgate.Priority;
import io.headgate.Target;
import io.headgate.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Everything is critical, and there is more of it than can ever run. */
final class PriorityAbuse implements Attack {
  private static final int AGENTS = 4;
  private static final int JOBS = 16;
  private static final int CALLS = 32;
  private static final long CALL_MS = 300;
  private static final long PAUSE_NS = 100_000;

  @Override
  public String name() {
    return "priority-abuse";
  }

  @Override
  public String tries() {
    return "a flood in which everything is critical, of calls of 300 ms: that nothing else starts";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Target model = ground.model("model");
    List<Agent> agents = ground.agents(AGENTS);
    ground.attack(
        Ground.THREADS,
        random -> {
          List<Job> jobs = new ArrayList<>();
          try {
            for (int i = 0; i < JOBS && !ground.over(); i++) {
              Job job = ground.job();
              jobs.add(job);
              flood(ground, job, agents.get(random.nextInt(AGENTS)), model);
            }
            Thread.sleep(Math.min(CALL_MS, ground.leftNs() / 1_000_000));
          } finally {
            jobs.forEach(Job::close);
          }
        });
  }

  private static void flood(Ground ground, Job job, Agent agent, Target model) {
    for (int i = 0; i < CALLS && !ground.over(); i++) {
      Task<String> task = Ground.task(agent, model, CALL_MS).priority(Priority.CRITICAL);
      if (ground.submit(job, task) == null) {
        LockSupport.parkNanos(PAUSE_NS);
      }
    }
  }
}
