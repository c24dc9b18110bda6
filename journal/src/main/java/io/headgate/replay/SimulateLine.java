package io.headgate.replay;

import io.headgate.journal.CrashSwarm;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code headgate simulate}: what is given is passed on as it is, and checked there. */
@Command(
    name = "simulate",
    description = {
      "Flies many seeds in virtual time and says which failed, how fast, and what was never seen.",
      "One in a hundred is flown once more in a second JVM.",
      "With --crashes, hosts are killed again and again, on disks that fail, and take up what they",
      "left.",
      "",
      "Examples:",
      "  headgate simulate --seeds 1000",
      "  headgate simulate --seeds 1 --from 4711",
      "  headgate simulate --crashes --seeds 1000"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:All seeds passed.",
      "1:One failed, or was another in the second JVM.",
      "2:The command line, or a file that it names, is no good."
    })
final class SimulateLine implements Callable<Integer> {
  @Option(names = "--seeds", paramLabel = "N", description = "how many seeds, 1 to 100000000")
  private @Nullable String seeds;

  @Option(names = "--from", paramLabel = "S", description = "the first of them; 1")
  private @Nullable String from;

  @Option(
      names = "--jobs",
      paramLabel = "J",
      description = "how many at once, 1 to 256; as many as there are cores")
  private @Nullable String jobs;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE,...",
      description = "options for all of them, as a failing seed prints them")
  private @Nullable String set;

  @Option(
      names = "--pairs",
      paramLabel = "FILE",
      description = "write in how many seeds each pair of events came up, as CSV")
  private @Nullable String pairs;

  @Option(
      names = "--digests",
      paramLabel = "FILE",
      description = "write seed and digest of each hundredth seed")
  private @Nullable String digests;

  @Option(
      names = "--check",
      paramLabel = "FILE",
      description = "fly the seeds of such a file, and compare")
  private @Nullable String check;

  @Option(names = "--crashes", description = "with crashes; takes --seeds, --from and --jobs alone")
  private boolean crashes;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "says this")
  boolean help;

  private final PrintStream out;
  private final PrintStream err;

  SimulateLine(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (crashes) {
      return flyCrashes();
    }
    List<String> arguments = new ArrayList<>();
    add(arguments, "--seeds", seeds);
    add(arguments, "--from", from);
    add(arguments, "--jobs", jobs);
    add(arguments, "--set", set);
    add(arguments, "--pairs", pairs);
    add(arguments, "--digests", digests);
    add(arguments, "--check", check);
    return SecondJvm.simulate(arguments, out, err);
  }

  private int flyCrashes() throws InterruptedException {
    if (set != null || pairs != null || digests != null || check != null) {
      throw new IllegalArgumentException(
          "--crashes takes --seeds, --from and --jobs alone; leave the others out");
    }
    if (seeds == null) {
      throw new IllegalArgumentException(
          "--seeds is missing; say how many, such as --crashes --seeds 1000");
    }
    int cores = Runtime.getRuntime().availableProcessors();
    long failed =
        CrashSwarm.fly(
            from == null ? 1 : number("--from", from, Long.MIN_VALUE / 2, Long.MAX_VALUE / 2),
            number("--seeds", seeds, 1, 100_000_000),
            jobs == null ? cores : (int) number("--jobs", jobs, 1, 256),
            out);
    return failed == 0 ? 0 : 1;
  }

  private static long number(String name, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // the message below says what it must be
    }
    throw new IllegalArgumentException(
        name + " is " + value + ", but must be a whole number from " + least + " to " + most);
  }

  private static void add(List<String> to, String name, @Nullable String value) {
    if (value != null) {
      to.add(name);
      to.add(value);
    }
  }
}
