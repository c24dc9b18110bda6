package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.BreakerPolicy;
import io.headgate.Codec;
import io.headgate.Handler;
import io.headgate.HeadgateSettings;
import io.headgate.HedgePolicy;
import io.headgate.RetryPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A host's lives, one after the other: each but the last ends by a crash at some action of its
 * agenda, be it in the midst of recovery; the last comes to rest.
 */
final class CrashFlight {
  private static final long EPOCH_NS = 1_800_000_000_000_000_000L;
  private static final long REST_NS = 3 * 3_600 * 1_000_000_000L;
  private static final int MAX_ACTIONS = 5_000_000;

  /** How often what came up. */
  static final class Counts {
    final Map<String, Long> byName = new TreeMap<>();

    void add(String what) {
      byName.merge(what, 1L, Long::sum);
    }
  }

  private final CrashPlan plan;
  private final CrashDisk.Maker maker;
  private final SplittableRandom random;
  private final long seed;
  final Counts counts = new Counts();
  private final CrashBooks books;
  private final Map<String, AgentSettings> agents = new LinkedHashMap<>();
  private long epochNs = EPOCH_NS;
  private long digest;

  CrashFlight(long seed, CrashDisk.Maker maker) {
    this.seed = seed;
    this.maker = maker;
    random = new SplittableRandom(seed);
    plan = CrashPlan.of(random);
    books = new CrashBooks(plan.disk().isWriteAhead());
    agents.put("rich", AgentSettings.DEFAULT);
    agents.put("poor", AgentSettings.DEFAULT.spending(limits -> limits.tokens(3 * plan.budget())));
  }

  /** Flies all lives. Must run on a virtual thread, as actors do. */
  CrashSeed.Verdict fly() {
    String violation = null;
    int life = 0;
    try (CrashDisk disk = maker.make(plan.disk())) {
      while (life < plan.crashes()) {
        live(disk, life++, 1 + random.nextInt(plan.actions()));
        boolean isPower = random.nextInt(100) < plan.powerPercent();
        counts.add(isPower ? "power lost" : "killed");
        long last = disk.crash(isPower);
        books.crash(last, !isPower || plan.disk().isSynced());
        String wrong = disk.verify();
        Violation.check(wrong == null, "{}", wrong);
        digest = digest * 31 + disk.digest();
        epochNs += 1 + random.nextLong(plan.downNs());
      }
      live(disk, life, Integer.MAX_VALUE);
      books.checkEnd(agents);
      var _ = disk.crash(false);
      String wrong = disk.verify();
      Violation.check(wrong == null, "{}", wrong);
    } catch (Throwable t) { // whatever it is, this seed has failed, and the others go on
      violation = "in life " + life + ": " + Flight.describe(t);
    }
    return new CrashSeed.Verdict(seed, digest, counts.byName, violation);
  }

  private void live(CrashDisk disk, int number, int actions) {
    var life =
        new CrashLife(habits(number), disk, books, counts, number, random.nextLong(), epochNs);
    boolean isLast = actions == Integer.MAX_VALUE;
    try {
      life.begin();
      long until = isLast ? REST_NS : Long.MAX_VALUE;
      step(life, Math.min(actions, MAX_ACTIONS), until);
      if (!isLast && random.nextInt(8) == 0) {
        life.shutdown(); // a crash may come in the midst of that too
        step(life, 1 + random.nextInt(4 * plan.actions()), until);
      }
      Violation.check(!isLast || life.isAtRest(), "the last life does not come to rest");
      epochNs += life.world.agenda.nowNs();
      digest = digest * 31 + life.digest();
    } finally {
      life.world.end();
    }
  }

  private static void step(CrashLife life, int actions, long untilNs) {
    for (int i = 0; i < actions && life.world.agenda.step(untilNs); i++) {
      // on
    }
  }

  // The same in each life, but that some handlers are not registered.
  private CrashLife.Habits habits(int life) {
    // A later version of the host may have less room.
    HeadgateSettings settings =
        life > 0 && random.nextInt(10) == 0
            ? plan.settings().maxJobs(1 + random.nextInt(3))
            : plan.settings();
    Map<String, TargetSettings> targets = new LinkedHashMap<>();
    TargetSettings target =
        TargetSettings.DEFAULT
            .price(1, 2)
            .hedge(HedgePolicy.OFF)
            .retry(RetryPolicy.DEFAULT)
            .timeout(Duration.ofNanos(Math.max(1_000_000, 3 * plan.callNs())));
    targets.put("model", target.breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF));
    targets.put("narrow", target.maxInFlight(1));
    targets.put("ladder", target.degradation(plan.ladder()));
    targets.put("hedged", target.hedge(plan.hedge()));
    Map<String, Handler<String, ?>> handlers = new LinkedHashMap<>();
    add(handlers, handler("park"));
    add(handlers, handler("again").idempotent(true));
    add(handlers, handler("end").inDoubt(Handler.InDoubt.END));
    add(handlers, handler("none").payload(Handler.Payload.NONE));
    if (life > 0 && random.nextInt(8) == 0) {
      handlers.remove("again");
    }
    return new CrashLife.Habits(plan, settings, agents, targets, handlers);
  }

  // Its work is the life's.
  private static Handler<String, String> handler(String name) {
    return Handler.<String, String>of(name, Codec.UTF_8, (_, argument) -> argument)
        .payload(Handler.Payload.FULL);
  }

  private static void add(Map<String, Handler<String, ?>> to, Handler<String, ?> handler) {
    to.put(handler.name(), handler);
  }
}
