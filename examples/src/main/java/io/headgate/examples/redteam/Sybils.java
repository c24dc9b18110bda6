package io.headgate.examples.redteam;

import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Many agents of one attacker, each within its own caps, that together fill every queue. */
final class Sybils implements Attack {
  private static final int AGENTS = 64;
  private static final int JOBS = 16;
  private static final int CALLS = 32;
  private static final long CALL_MS = 300;
  private static final long PAUSE_NS = 100_000;

  @Override
  public String name() {
    return "sybils";
  }

  @Override
  public String tries() {
    return "64 agents, each within its caps, that fill the waiting room together";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Target model = ground.model("model");
    Agent[] agents = new Agent[AGENTS];
    for (int i = 0; i < AGENTS; i++) {
      agents[i] = ground.agent("agent-" + i);
    }
    ground.attack(
        Ground.THREADS,
        random -> {
          List<Job> jobs = new ArrayList<>();
          try {
            for (int i = 0; i < JOBS * AGENTS / Ground.THREADS && !ground.over(); i++) {
              Job job = ground.job();
              jobs.add(job);
              for (int j = 0; j < CALLS && !ground.over(); j++) {
                Task<String> task =
                    Task.of(
                        agents[random.nextInt(AGENTS)],
                        model,
                        Estimate.of(10, 10),
                        attempt -> {
                          Thread.sleep(CALL_MS);
                          attempt.usage(10, 10);
                          return "";
                        });
                if (ground.submit(job, task) == null) {
                  LockSupport.parkNanos(PAUSE_NS);
                }
              }
            }
          } finally {
            jobs.forEach(Job::close);
          }
        });
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    return List.of(); // what it is after is that the honest client suffers
  }
}
