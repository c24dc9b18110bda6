package io.headgate.examples.redteam;

import io.headgate.Agent;
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
    List<Agent> agents = ground.agents(AGENTS);
    ground.attack(
        Ground.THREADS,
        random -> {
          List<Job> jobs = new ArrayList<>();
          try {
            for (int i = 0; i < JOBS * AGENTS / Ground.THREADS && !ground.over(); i++) {
              Job job = ground.job();
              jobs.add(job);
              for (int j = 0; j < CALLS && !ground.over(); j++) {
                Agent agent = agents.get(random.nextInt(AGENTS));
                Task<String> task = Ground.task(agent, model, CALL_MS);
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
}
