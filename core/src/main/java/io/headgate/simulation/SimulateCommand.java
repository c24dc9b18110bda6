package io.headgate.simulation;

import io.headgate.admission.Probe;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.NanoClock;
import org.jspecify.annotations.Nullable;

/**
 * {@code headgate simulate}: flies many seeds and says which failed, how fast, and what was never
 * seen. Its last line is {@code N passed, M failed}.
 */
public final class SimulateCommand {
  /** How it is called. */
  public static final String USAGE =
      """
      headgate simulate --seeds N [--from S] [--jobs J] [--set key=value,...]
        --seeds N    how many seeds, 1 to 100000000
        --from S     the first of them; 1
        --jobs J     how many at once, 1 to 256; as many as there are cores
        --set ...    options for all of them, as a failing seed prints them, instead of those they draw
        --pairs F    write in how many seeds each pair of events came up to this file, as CSV
        --digests F  write seed and digest of each hundredth seed to this file
        --check F    fly the seeds of such a file, and compare\
      """;

  /** What a caller looks at when all seeds are flown. */
  public interface FurtherCheck {
    /** Whether it found nothing wrong. */
    boolean isWell() throws InterruptedException, IOException;
  }

  private static final int MAX_JOBS = 256;
  private static final int MAX_SHRUNK = 3;
  private static final int SAMPLE = 100;
  private static final double SECOND_NS = 1e9;
  private static final long PROGRESS_NS = 5_000_000_000L;

  private final PrintStream out;
  private final NanoClock clock;
  private final Coverage coverage = new Coverage();
  private final List<Swarm.Verdict> failed = new ArrayList<>();
  private final List<String> digests = new ArrayList<>();
  private long seeds;
  private long from = 1;
  private int jobs = Runtime.getRuntime().availableProcessors();
  private @Nullable Options options;
  private @Nullable Path pairsFile;
  private @Nullable Path digestsFile;
  private @Nullable Path checked;
  private long passed;
  private long tasks;
  private long calms;
  private long calmJobs;
  private long startNs;
  private long saidNs;

  private SimulateCommand(PrintStream out, NanoClock clock) {
    this.out = out;
    this.clock = clock;
  }

  /**
   * Runs it.
   *
   * @param clock for the seeds a second
   * @param further the caller's own look when all seeds are flown
   * @return 0 if all seeds passed, 1 if one failed, 2 if the arguments are of no use
   */
  public static int run(
      List<String> arguments,
      PrintStream out,
      PrintStream err,
      NanoClock clock,
      FurtherCheck further)
      throws InterruptedException {
    var command = new SimulateCommand(out, clock);
    try {
      command.parse(new ArrayDeque<>(arguments));
    } catch (IllegalArgumentException e) {
      err.println("headgate simulate: " + e.getMessage());
      err.println(USAGE);
      return 2;
    }
    try {
      return command.run(further);
    } catch (IllegalArgumentException e) {
      err.println("headgate simulate: " + e.getMessage());
      return 2;
    } catch (IOException e) {
      err.println("headgate simulate: " + e + "; check the path and its directory");
      return 2;
    }
  }

  // ---- arguments

  private void parse(Deque<String> arguments) {
    while (!arguments.isEmpty()) {
      String name = arguments.removeFirst();
      if (arguments.isEmpty()) {
        throw new IllegalArgumentException(name + " has no value, or is unknown; add one");
      }
      String value = arguments.removeFirst();
      switch (name) {
        case "--seeds" -> seeds = number(name, value, 1, 100_000_000);
        case "--from" -> from = number(name, value, Long.MIN_VALUE / 2, Long.MAX_VALUE / 2);
        case "--jobs" -> jobs = (int) number(name, value, 1, MAX_JOBS);
        case "--set" -> options = Options.parse(value);
        case "--pairs" -> pairsFile = Path.of(value);
        case "--digests" -> digestsFile = Path.of(value);
        case "--check" -> checked = Path.of(value);
        default -> throw new IllegalArgumentException(name + " is unknown; use one of those below");
      }
    }
    if (seeds == 0 && checked == null) {
      throw new IllegalArgumentException("--seeds is missing; say how many, such as --seeds 1000");
    }
    if (checked != null && (pairsFile != null || digestsFile != null)) {
      throw new IllegalArgumentException(
          "--check only compares; leave out --pairs and --digests, or fly with --seeds");
    }
    if (pairsFile != null && pairsFile.equals(digestsFile)) {
      throw new IllegalArgumentException(
          "--pairs and --digests are both " + pairsFile + "; use two files");
    }
  }

  private static long number(String name, String value, long min, long max) {
    try {
      long number = Long.parseLong(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // The message below says what it must be.
    }
    throw new IllegalArgumentException(
        name
            + " is "
            + value
            + ", but must be a whole number from "
            + min
            + " to "
            + max
            + "; use one in that range");
  }

  // ---- the run

  private int run(FurtherCheck further) throws InterruptedException, IOException {
    if (!Probe.ON) {
      out.println(
          "submitters do not interleave: start the JVM with -Dio.headgate.probe=true for that");
    }
    startNs = clock.nanoTime();
    saidNs = startNs;
    if (checked != null) {
      return check(checked);
    }
    // A path that is of no use is told before hours of flying, not after them.
    if (digestsFile != null) {
      Files.write(digestsFile, List.of());
    }
    if (pairsFile != null) {
      Files.write(pairsFile, List.of());
    }
    out.printf(
        Locale.ROOT,
        "seeds %d to %d, %d at once, each flown three times%n",
        from,
        from + seeds - 1,
        jobs);
    fly();
    if (digestsFile != null) {
      Files.write(digestsFile, digests);
    }
    if (pairsFile != null) {
      Files.write(pairsFile, coverage.pairs());
    }
    for (Swarm.Verdict verdict : failed.subList(0, Math.min(MAX_SHRUNK, failed.size()))) {
      Swarm.Verdict small = OnActor.run(() -> Shrinker.shrink(verdict));
      out.println("shrunk: " + line(small));
    }
    coverage.print(out);
    out.printf(
        Locale.ROOT,
        "calm weather after %,d storms: %,d jobs, all of them done%n",
        calms,
        calmJobs);
    boolean well = further.isWell();
    say();
    out.println(passed + " passed, " + failed.size() + " failed");
    boolean all = passed + failed.size() == seeds;
    if (!all) {
      out.println((seeds - passed - failed.size()) + " were not flown: see the stack trace above");
    }
    return failed.isEmpty() && well && all ? 0 : 1;
  }

  private void fly() throws InterruptedException {
    var next = new AtomicLong();
    var done = new CountDownLatch(jobs);
    for (int job = 0; job < jobs; job++) {
      Thread.ofVirtual()
          .name("simulate-" + job)
          .start(
              () -> {
                try {
                  for (long at = next.getAndIncrement(); at < seeds; at = next.getAndIncrement()) {
                    note(fly(from + at));
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                } finally {
                  done.countDown();
                }
              });
    }
    done.await();
  }

  private Swarm.Verdict fly(long seed) throws InterruptedException {
    return options == null ? Swarm.fly(seed) : Swarm.fly(seed, options);
  }

  private synchronized void note(Swarm.Verdict verdict) {
    coverage.add(verdict);
    tasks += verdict.tally().submissions;
    if (verdict.violation() == null && verdict.tally().calmJobs > 0) {
      calms++;
      calmJobs += verdict.tally().calmJobs;
    }
    if (verdict.violation() == null) {
      passed++;
    } else {
      failed.add(verdict);
      out.println(line(verdict));
    }
    if (verdict.seed() % SAMPLE == 0) {
      digests.add(verdict.seed() + " " + Long.toHexString(verdict.digest()));
    }
    if (clock.nanoTime() - saidNs >= PROGRESS_NS) {
      saidNs = clock.nanoTime();
      say();
    }
  }

  private static String line(Swarm.Verdict verdict) {
    return "FAILED seed "
        + verdict.seed()
        + ": "
        + verdict.violation()
        + "\n  headgate simulate --seeds 1 --from "
        + verdict.seed()
        + " --set "
        + verdict.options();
  }

  private void say() {
    double seconds = (clock.nanoTime() - startNs) / SECOND_NS;
    long all = passed + failed.size();
    out.printf(
        Locale.ROOT,
        "%,d seeds in %.0f s, %.0f a second, %,d submissions, %d failed%n",
        all,
        seconds,
        all / Math.max(seconds, 1e-3),
        tasks,
        failed.size());
  }

  // ---- a second JVM

  private int check(Path file) throws InterruptedException, IOException {
    int same = 0;
    int different = 0;
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty()) {
      throw new IllegalArgumentException(file + " holds no digest; use a file of --digests");
    }
    for (String line : lines) {
      int at = line.indexOf(' ');
      if (at < 0) {
        throw new IllegalArgumentException(
            "'" + line + "' in " + file + " is no seed and digest; use a file of --digests");
      }
      long seed =
          number("seed in " + file, line.substring(0, at), Long.MIN_VALUE / 2, Long.MAX_VALUE / 2);
      Swarm.Verdict verdict = OnActor.run(() -> fly(seed));
      if (Long.toHexString(verdict.digest()).equals(line.substring(at + 1))
          && verdict.violation() == null) {
        same++;
      } else {
        different++;
        out.println("seed " + seed + " came to another digest in this JVM");
      }
    }
    out.println(same + " passed, " + different + " failed");
    return different == 0 ? 0 : 1;
  }
}
