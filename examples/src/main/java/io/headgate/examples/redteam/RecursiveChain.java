package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Tools that call themselves, four times each, with other arguments each time, and wait. */
final class RecursiveChain implements Attack {
  private static final int CHILDREN = 4;
  private static final int DEEP = 50;
  private static final int MANY = 1_000;

  private final AtomicLong arguments = new AtomicLong();
  private final AtomicInteger deepest = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @Override
  public String name() {
    return "recursive-chain";
  }

  @Override
  public String tries() {
    return "each call makes four calls and waits for them, without end: "
        + DEEP
        + " levels, or "
        + MANY
        + " calls of one job";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent agent = ground.agent("agent");
    Target tool = ground.tool("recursion");
    ground.attack(
        Ground.THREADS,
        random -> {
          var calls = new AtomicInteger();
          try (Job job = ground.job()) {
            Admitted<String> root = ground.submit(job, task(ground, agent, tool, calls, 0));
            if (root != null) {
              var _ = root.join();
            }
          }
          most.accumulateAndGet(calls.get(), Math::max);
        });
  }

  private Task<String> task(
      Ground ground, Agent agent, Target tool, AtomicInteger calls, int depth) {
    return Task.<String>of(
            agent, tool, attempt -> recurse(ground, attempt, agent, tool, calls, depth))
        .arguments(1 + arguments.incrementAndGet());
  }

  private String recurse(
      Ground ground, Attempt attempt, Agent agent, Target tool, AtomicInteger calls, int depth)
      throws InterruptedException {
    deepest.accumulateAndGet(depth, Math::max);
    calls.incrementAndGet();
    List<Admitted<String>> children = new ArrayList<>();
    for (int i = 0; i < CHILDREN; i++) {
      @Nullable Admitted<String> child =
          ground.seen(attempt.submit(task(ground, agent, tool, calls, depth + 1)));
      if (child != null) {
        children.add(child);
      }
    }
    for (Admitted<String> child : children) {
      var _ = child.join();
    }
    return "";
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    List<String> got = new ArrayList<>();
    if (deepest.get() >= DEEP) {
      got.add(deepest + " levels of calls");
    }
    if (most.get() >= MANY) {
      got.add(most + " calls of one job");
    }
    return got;
  }
}
