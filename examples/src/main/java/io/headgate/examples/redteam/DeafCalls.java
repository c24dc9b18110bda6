package io.headgate.examples.redteam;

import io.headgate.Agent;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Calls that ignore interrupt and deadline, and hold their threads for far longer. */
final class DeafCalls implements Attack {
  private static final long DEAF_NS = 2_000_000_000;
  private static final long LISTENED_MS = 600; // longer than the tool's time-out
  private static final int MANY = 64;
  private static final int BURST = 64;

  private final AtomicLong arguments = new AtomicLong();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @Override
  public String name() {
    return "deaf-calls";
  }

  @Override
  public String tries() {
    return "calls of two seconds that hear neither interrupt nor deadline: more than "
        + MANY
        + " at once";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent agent = ground.agent("agent");
    Agent other = ground.agent("other");
    Target tool = ground.tool("deaf");
    ground.attack(
        Ground.THREADS,
        random -> {
          try (Job job = ground.job()) {
            for (int i = 0; i < BURST && !ground.over(); i++) {
              Task<String> task =
                  Task.<String>of(random.nextBoolean() ? agent : other, tool, attempt -> deaf());
              var _ = ground.submit(job, task.arguments(1 + arguments.incrementAndGet()));
            }
            Thread.sleep(LISTENED_MS);
          }
        });
  }

  private String deaf() {
    most.accumulateAndGet(running.incrementAndGet(), Math::max);
    try {
      long endNs = System.nanoTime() + DEAF_NS;
      while (System.nanoTime() - endNs < 0) {
        LockSupport.parkNanos(10_000_000);
        var _ = Thread.interrupted();
      }
      return "";
    } finally {
      running.decrementAndGet();
    }
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    return most.get() > MANY ? List.of(most + " deaf calls at once") : List.of();
  }
}
