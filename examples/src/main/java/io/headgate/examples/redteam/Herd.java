package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Job;
import io.headgate.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Two thousand clients, each of which asks again as soon as it is answered, and again at once when
 * it is refused, whatever the refusal says.
 */
final class Herd implements Attack {
  private static final int CLIENTS = 2_000;
  private static final int AGENTS = 8;
  private static final long CALL_MS = 20;
  private static final long AT_ONCE_NS = 50_000;

  @Override
  public String name() {
    return "herd";
  }

  @Override
  public String tries() {
    return "2,000 clients in a closed loop that ask again at once, whatever a refusal says";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Target model = ground.model("model");
    List<Agent> agents = ground.agents(AGENTS);
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Agent agent = agents.get(i % AGENTS);
      clients.add(
          Thread.ofVirtual()
              .name("red-herd-" + i)
              .start(
                  () -> {
                    while (!ground.over() && ground.attempt(() -> ask(ground, agent, model))) {
                      // again
                    }
                  }));
    }
    ground.await(clients);
  }

  private static void ask(Ground ground, Agent agent, Target model) throws InterruptedException {
    try (Job job = ground.job()) {
      Admitted<String> handle = ground.submit(job, Ground.task(agent, model, CALL_MS));
      if (handle == null) {
        LockSupport.parkNanos(AT_ONCE_NS);
      } else {
        var _ = handle.join();
      }
    }
  }
}
