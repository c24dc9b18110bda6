package io.headgate.journal;

import io.headgate.simulation.CrashSeed;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Flies seeds of the swarm of crashes: a host in virtual time that is killed again and again, on a
 * disk that may fail, and takes up what it left. What is found wrong is said with the seed that
 * shows it. Any thread.
 */
public final class CrashSwarm {
  private static final int SAMPLE = 100;

  private final PrintStream out;
  private final Map<String, Long> counts = new TreeMap<>();
  private long flown;
  private long failed;

  private CrashSwarm(PrintStream out) {
    this.out = out;
  }

  /** Flies one. On a virtual thread, hand-overs are a hundred times faster. */
  public static CrashSeed.Verdict fly(long seed) {
    return CrashSeed.fly(seed, VirtualDisk::new);
  }

  /**
   * Flies many, each hundredth once more, which must come to the same digest.
   *
   * @param jobs how many at once
   * @return how many failed
   */
  public static long fly(long from, long seeds, int jobs, PrintStream out)
      throws InterruptedException {
    var swarm = new CrashSwarm(out);
    var next = new AtomicLong();
    var done = new CountDownLatch(jobs);
    for (int job = 0; job < jobs; job++) {
      var _ =
          Thread.ofVirtual()
              .name("crashes-" + job)
              .start(
                  () -> {
                    try {
                      for (long at = next.getAndIncrement();
                          at < seeds;
                          at = next.getAndIncrement()) {
                        swarm.fly(from + at, at % SAMPLE == 0);
                      }
                    } finally {
                      done.countDown();
                    }
                  });
    }
    done.await();
    swarm.counts.forEach((what, times) -> out.printf(Locale.ROOT, "%-28s %,d%n", what, times));
    long failed = swarm.failed + seeds - swarm.flown; // what was not flown did not pass
    out.println((seeds - failed) + " passed, " + failed + " failed");
    return failed;
  }

  private void fly(long seed, boolean again) {
    CrashSeed.Verdict verdict = fly(seed);
    String violation = verdict.violation();
    if (violation == null && again && fly(seed).digest() != verdict.digest()) {
      violation = "flown again, it came to another digest";
    }
    synchronized (this) {
      flown++;
      verdict.counts().forEach((what, times) -> counts.merge(what, times, Long::sum));
      if (violation != null) {
        failed++;
        out.println("FAILED seed " + seed + ": " + violation);
        out.println("  headgate simulate --crashes --seeds 1 --from " + seed);
      }
    }
  }
}
