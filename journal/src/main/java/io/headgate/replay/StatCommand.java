package io.headgate.replay;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code headgate stat FILE}. */
@Command(
    name = "stat",
    description = {
      "Shows the counters of a Headgate that runs, from the file that it keeps them in"
          + " (Headgate.builder().countersFile(path)), anew each second: the value, and how much"
          + " came in a second since the last. Those that are 0 are left out.",
      "",
      "Examples:",
      "  headgate stat /dev/shm/host.counters",
      "  headgate stat FILE --times 1 --json"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:They were shown.",
      "1:The process that kept them is gone; the last are shown.",
      "2:There is no such file."
    })
final class StatCommand implements Callable<Integer> {
  private static final String HOME_AND_CLEAR = "\u001b[H\u001b[J";

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FILE", description = "the counters' file")
  private @Nullable Path file;

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "how often; ${DEFAULT-VALUE} if it is left out")
  private double every;

  @Option(
      names = "--times",
      paramLabel = "N",
      defaultValue = "9223372036854775807",
      description = "so often, and then no more; until it is interrupted if it is left out")
  private long times;

  @Option(names = "--all", description = "those that are 0 too")
  private boolean all;

  @Option(names = "--json", description = "a JSON object a look")
  private boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "says this")
  boolean help;

  private final Screen screen;

  StatCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Given.of(spec).commandLine().getOut();
    if (!(every >= 0.01 && every <= 3_600)) {
      throw new IllegalArgumentException(
          "--every is " + every + ", but must be from 0.01 to 3600 seconds; use one of these");
    }
    CountersFile before = null;
    long beforeNs = 0;
    for (long look = 0; look < times && !Thread.currentThread().isInterrupted(); look++) {
      if (look > 0) {
        LockSupport.parkNanos((long) (every * 1e9));
      }
      CountersFile now = read(Given.of(file));
      long nowNs = System.nanoTime();
      if (json) {
        out.println(Lines.json(now.values()));
      } else {
        print(now, before, (nowNs - beforeNs) / 1e9, out);
      }
      out.flush();
      before = now;
      beforeNs = nowNs;
      if (!now.isKept()) {
        return 1;
      }
      if (out.checkError()) {
        return 0; // whoever reads it has enough
      }
    }
    return 0;
  }

  private static CountersFile read(Path file) throws IOException {
    try {
      return CountersFile.read(file);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          file + " is not there; name the file given to countersFile(path)", e);
    }
  }

  private void print(
      CountersFile now, @Nullable CountersFile before, double seconds, PrintWriter out) {
    out.print(screen.isTerminal() ? HOME_AND_CLEAR : "");
    Duration up = Duration.between(now.since(), Instant.now()).truncatedTo(ChronoUnit.SECONDS);
    out.printf(
        Locale.ROOT,
        "process %d, %s%n",
        now.pid(),
        now.isKept()
            ? "up " + up.toString().substring(2).toLowerCase(Locale.ROOT)
            : screen.bad("gone"));
    for (Map.Entry<String, Long> each : now.values().entrySet()) {
      if (each.getValue() == 0 && !all) {
        continue;
      }
      out.printf(
          Locale.ROOT,
          "%-28s %,20d%s%n",
          each.getKey(),
          each.getValue(),
          rate(each, before, seconds));
    }
  }

  private static String rate(
      Map.Entry<String, Long> now, @Nullable CountersFile before, double seconds) {
    Long then = before == null ? null : before.values().get(now.getKey());
    if (then == null || then.equals(now.getValue())) {
      return "";
    }
    return String.format(Locale.ROOT, " %+,16.1f/s", (now.getValue() - then) / seconds);
  }
}
