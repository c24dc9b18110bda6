package io.headgate.simulation;

import io.headgate.DegradationPolicy;
import io.headgate.HeadgateSettings;
import io.headgate.HedgePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a seed of the swarm of crashes draws: a host, its clients, its disk, and when it dies.
 *
 * @param ladder of one target
 * @param hedge of another
 * @param crashes how often
 * @param powerPercent of the crashes in which the machine loses its power
 * @param actions until a crash, at most
 * @param clients at once
 * @param jobs of each client in each life
 * @param calls of each job
 * @param budget tokens of a job
 * @param deadlineNs of a job
 * @param callNs how long a call takes at most
 * @param gapNs between two calls, at most
 * @param lateNs how late a part of the host begins, at most
 * @param slowNs between two tasks that are recovered, at most
 * @param operatorNs how often a human comes by, at most
 * @param downNs how long the host is down, at most
 */
record CrashPlan(
    HeadgateSettings settings,
    DegradationPolicy ladder,
    HedgePolicy hedge,
    Faults faults,
    CrashDisk.Faults disk,
    int crashes,
    int powerPercent,
    int actions,
    int clients,
    int jobs,
    int calls,
    long budget,
    long deadlineNs,
    long callNs,
    long gapNs,
    long lateNs,
    long slowNs,
    long operatorNs,
    long downNs) {
  private static final long MS = 1_000_000;
  private static final long SECOND = 1_000 * MS;

  static CrashPlan of(SplittableRandom random) {
    boolean writeAhead = random.nextInt(5) > 0;
    boolean synced = writeAhead && random.nextInt(3) == 0;
    long callNs = oneOf(random, 100_000, 5 * MS, 200 * MS, 5 * SECOND);
    return new CrashPlan(
        HeadgateSettings.DEFAULT
            .maxInFlight(1 + random.nextInt(8))
            .maxWaiting((int) oneOf(random, 4, 32, 256))
            .maxParked(random.nextInt(4)),
        ladder(random, callNs),
        HedgePolicy.DEFAULT
            .percentile(50)
            .minCalls(1 + random.nextInt(5))
            .minDelay(Duration.ofNanos(Math.max(MS, callNs / 4))),
        random.nextInt(3) == 0
            ? Faults.NONE
            : new Faults(
                SECOND * 3_600,
                random.nextInt(60),
                20_000,
                random.nextInt(30),
                MS,
                50_000,
                50_000,
                random.nextInt(100),
                MS,
                random.nextInt(5),
                0,
                0,
                0),
        new CrashDisk.Faults(
            writeAhead,
            synced,
            oneOf(random, 2_000, 100_000, 10 * MS),
            oneOf(random, 100_000, 5 * MS, 50 * MS),
            random.nextInt(3) == 0 ? random.nextInt(100) : 0,
            random.nextInt(4) == 0 ? random.nextInt(50) : 0,
            oneOf(random, 50 * MS, SECOND, 10 * SECOND),
            (int) oneOf(random, 8, 64, 100_000)),
        1 + random.nextInt(4),
        random.nextInt(3) == 0 ? random.nextInt(101) : 0,
        (int) oneOf(random, 20, 100, 500, 2_000),
        1 + random.nextInt(4),
        1 + random.nextInt(4),
        1 + random.nextInt(6),
        oneOf(random, 60, 300, 2_000, 100_000),
        oneOf(random, 2 * SECOND, 60 * SECOND, 3_600 * SECOND),
        callNs,
        oneOf(random, 1_000, 100_000, callNs),
        oneOf(random, 0, 10_000, MS, 100 * MS),
        oneOf(random, 0, 1_000, 100_000),
        oneOf(random, MS, SECOND, 600 * SECOND),
        oneOf(random, MS, SECOND, 30 * SECOND, 4_000 * SECOND));
  }

  private static DegradationPolicy ladder(SplittableRandom random, long callNs) {
    List<DegradationPolicy.Rung> rungs = new ArrayList<>();
    rungs.add(DegradationPolicy.Rung.of("large", 100).maxInFlight(1 + random.nextInt(4)));
    rungs.add(DegradationPolicy.Rung.of("small", random.nextInt(101)));
    if (random.nextBoolean()) {
      rungs.add(DegradationPolicy.Rung.ofStatic("static"));
    }
    Duration budget = Duration.ofNanos(Math.max(MS, callNs / (1 + random.nextInt(2))));
    return DegradationPolicy.OFF
        .rungs(rungs)
        .latencyBudget(budget)
        .window(1 + random.nextInt(5), budget.plusSeconds(1).multipliedBy(2));
  }

  private static long oneOf(SplittableRandom random, long... values) {
    return values[random.nextInt(values.length)];
  }
}
