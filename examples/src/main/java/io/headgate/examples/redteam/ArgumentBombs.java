package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Arguments that are huge, nested a hundred thousand deep, or made of what Unicode has in store;
 * and the same as ids.
 */
final class ArgumentBombs implements Attack {
  private static final int LARGE = 500_000;
  private static final int DEEP = 100_000;
  private static final int SAME = 8;

  /** What a loop guard lets in at most, whatever its settings. */
  private static final int MANY = 8;

  private static final List<String> BOMBS =
      List.of(
          "a".repeat(LARGE),
          "[".repeat(DEEP) + "]".repeat(DEEP),
          "{\"a\":".repeat(DEEP),
          "\ud800".repeat(DEEP), // half of a character
          "e\u0301\u0327\u0334".repeat(DEEP), // marks on marks
          "\u202e\u2066\u200b\ufeff".repeat(DEEP), // right to left, and what is not seen
          "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67".repeat(DEEP / 4),
          "\u0000".repeat(DEEP),
          "");

  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @Override
  public String name() {
    return "argument-bombs";
  }

  @Override
  public String tries() {
    return "arguments of a megabyte, 100,000 levels, broken Unicode, and as ids: errors, or a loop"
        + " that is not seen";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent agent = ground.agent("agent");
    Target tool = ground.tool("bombed");
    ground.attack(
        Ground.THREADS,
        random -> {
          String bomb = BOMBS.get(random.nextInt(BOMBS.size()));
          if (random.nextInt(4) == 0) {
            String id = bomb.isEmpty() ? "\u202e" + random.nextInt() : bomb;
            var _ = random.nextBoolean() ? ground.agent(id) : ground.tool(id);
            accepted.incrementAndGet();
            return;
          }
          int made = 0;
          try (Job job = ground.job()) {
            for (int i = 0; i < SAME && !ground.over(); i++) {
              Task<String> task = Task.<String>of(agent, tool, attempt -> "").arguments(bomb);
              Admitted<String> handle = ground.submit(job, task);
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
    List<String> got = new ArrayList<>();
    if (accepted.get() > 0) {
      got.add(accepted + " bombs that were taken for an id");
    }
    if (most.get() >= MANY) {
      got.add(most + " same calls of one job, since their arguments were a bomb");
    }
    return got;
  }
}
