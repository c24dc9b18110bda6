package io.headgate.examples.redteam;

import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** Clocks that jump: the wall's by days, the monotonic one forth, and back, which none should. */
final class JumpingClock implements Attack {
  private static final long DAY_NS = 86_400_000_000_000L;
  private static final long FORTH_NS = 100_000_000;
  private static final long BACK_NS = 50_000_000;
  private static final long EVERY_NS = 20_000_000;

  @Override
  public String name() {
    return "jumping-clock";
  }

  @Override
  public String tries() {
    return "wall clock by days, monotonic clock forth by 100 ms and back by 50: tasks that hang, or"
        + " end at once";
  }

  @Override
  public boolean applies(Ground ground) {
    return ground.clock != null;
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    JumpyClock clock = ground.clock;
    if (clock == null) {
      return;
    }
    Agent agent = ground.agent("agent");
    Target model = ground.model("model");
    Thread jumps =
        Thread.ofPlatform()
            .daemon()
            .name("red-jumps")
            .start(
                () -> {
                  var random = new SplittableRandom(1);
                  while (!ground.over()) {
                    clock.jumpWall(random.nextBoolean() ? DAY_NS : -DAY_NS);
                    clock.jump(
                        random.nextInt(3) == 0
                            ? -random.nextLong(BACK_NS)
                            : random.nextLong(FORTH_NS));
                    LockSupport.parkNanos(EVERY_NS);
                  }
                });
    ground.attack(
        2,
        random -> {
          try (Job job = ground.job()) {
            long ttlNs = 1 + random.nextLong(FORTH_NS);
            Task<String> task =
                Task.<String>of(
                        agent,
                        model,
                        Estimate.of(10, 10),
                        attempt -> {
                          Thread.sleep(1);
                          return "";
                        })
                    .ttl(Duration.ofNanos(ttlNs));
            var handle = ground.submit(job, task);
            if (handle != null) {
              var _ = handle.join();
            }
          }
        });
    ground.await(List.of(jumps));
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    return List.of(); // handles without an end, and an honest client that is told that it is late
  }
}
