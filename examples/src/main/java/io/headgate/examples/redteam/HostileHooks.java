package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Estimate;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Listeners, dependents of futures and closeables that throw what they can, or block: so that what
 * Headgate does for others on the same threads waits for them.
 */
final class HostileHooks implements Attack {
  private static final long BLOCKED_NS = 100_000_000;
  private static final long LATE_NS = 1_000_000_000;
  private static final int BURST = 16;

  private final AtomicLong latestNs = new AtomicLong();
  private final AtomicInteger neverClosed = new AtomicInteger();

  @Override
  public String name() {
    return "hostile-hooks";
  }

  @Override
  public String tries() {
    return "listener, dependents and closeables that throw or block: a closeable of another call"
        + " that is a second late";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent agent = ground.agent("agent");
    Target model = ground.model("model");
    HostileListener listener = ground.listener;
    if (listener != null) {
      listener.hostile(true);
    }
    try {
      Thread probe =
          Thread.ofPlatform().daemon().name("red-probe").start(() -> probeUntilOver(ground));
      ground.attack(
          Ground.THREADS,
          random -> {
            try (Job job = ground.job()) {
              @Nullable Admitted<String> last = null;
              for (int i = 0; i < BURST && !ground.over(); i++) {
                boolean blocks = random.nextInt(4) == 0;
                Task<String> task =
                    Task.of(
                        agent,
                        model,
                        Estimate.of(10, 10),
                        attempt -> {
                          attempt.onCancel(() -> hook(blocks));
                          Thread.sleep(1);
                          return "";
                        });
                Admitted<String> handle = ground.submit(job, task);
                if (handle != null) {
                  var _ = handle.toCompletableFuture().thenRun(() -> hook(blocks));
                  if (random.nextBoolean()) {
                    handle.cancel();
                  }
                  last = handle;
                }
              }
              if (last != null) {
                var _ = last.join();
              }
            }
          });
      ground.await(List.of(probe));
    } finally {
      if (listener != null) {
        listener.hostile(false);
      }
    }
  }

  private static void hook(boolean blocks) {
    if (blocks) {
      LockSupport.parkNanos(BLOCKED_NS);
    } else {
      throw new StackOverflowError("a hostile hook");
    }
  }

  private void probeUntilOver(Ground ground) {
    Agent agent = ground.agent("probe");
    Target model = ground.model("probe");
    while (!ground.over() && ground.attempt(() -> probe(ground, agent, model))) {
      LockSupport.parkNanos(BLOCKED_NS);
    }
  }

  // A call that is cancelled while it runs: how late its closeable is closed.
  private void probe(Ground ground, Agent agent, Target model) throws InterruptedException {
    var registered = new AtomicInteger();
    var closedNs = new AtomicLong();
    try (Job job = ground.job()) {
      Task<String> task =
          Task.of(
              agent,
              model,
              Estimate.of(1, 1),
              attempt -> {
                attempt.onCancel(() -> closedNs.set(System.nanoTime()));
                registered.set(1);
                Thread.sleep(LATE_NS / 1_000_000);
                return "";
              });
      Admitted<String> handle = ground.submit(job, task);
      if (handle == null) {
        return;
      }
      while (registered.get() == 0 && handle.outcome().isEmpty()) {
        Thread.sleep(1);
      }
      long cancelledNs = System.nanoTime();
      if (registered.get() == 1 && handle.cancel()) {
        while (closedNs.get() == 0 && System.nanoTime() - cancelledNs < 2 * LATE_NS) {
          Thread.sleep(1);
        }
        if (closedNs.get() == 0) {
          neverClosed.incrementAndGet();
        } else {
          latestNs.accumulateAndGet(closedNs.get() - cancelledNs, Math::max);
        }
      }
    }
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    List<String> got = new ArrayList<>();
    if (latestNs.get() >= LATE_NS) {
      got.add("a closeable that was closed " + latestNs.get() / 1_000_000 + " ms late");
    }
    if (neverClosed.get() > 0) {
      got.add(neverClosed + " closeables that were not closed in two seconds");
    }
    return got;
  }
}
