package io.headgate.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.ArgumentsDigest;
import io.headgate.LoopPolicy;
import io.headgate.TargetSettings;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whether agents that get on are left alone: 100,000 generated transcripts of agents that page,
 * poll, read again what was changed, look things up twice, and try again what failed.
 */
@Timeout(120)
class HonestTranscriptsTest {
  private static final int TRANSCRIPTS = 100_000;
  private static final long SECOND = 1_000_000_000;

  private static final TargetGate READ = target(0);
  private static final TargetGate EDIT = target(1);
  private static final TargetGate TEST = target(2);
  private static final TargetGate SEARCH = target(3);
  private static final TargetGate STATUS = target(4);
  private static final TargetGate SHELL = target(5);

  private static TargetGate target(int index) {
    return new TargetGate("target-" + index, index, TargetSettings.DEFAULT, null);
  }

  /** One agent at its work. */
  private static final class Transcript {
    // As the docs advise for a tool that is polled.
    private static final LoopPolicy POLLED = LoopPolicy.DEFAULT.window(Duration.ofSeconds(30));

    private final SplittableRandom random;
    private final LoopGuard guard = new LoopGuard(null);
    private final int files;
    private long nowNs;
    private int edits;
    private boolean refused;

    Transcript(long seed) {
      random = new SplittableRandom(seed);
      files = 3 + random.nextInt(12);
    }

    private void call(TargetGate target, String arguments, LoopPolicy policy, boolean writes) {
      nowNs += SECOND + random.nextLong(4 * SECOND);
      long key = LoopGuard.key(target, ArgumentsDigest.of(arguments));
      long ticket = guard.tryTake(key, policy, nowNs);
      refused |= ticket < 0;
      if (ticket > 0 && writes) {
        guard.wrote(guard, key);
      }
    }

    private void call(TargetGate target, String arguments) {
      call(target, arguments, LoopPolicy.DEFAULT, false);
    }

    // Those that matter are read more often.
    private String file() {
      return "file-" + (int) (files * random.nextDouble() * random.nextDouble());
    }

    boolean wasRefused() {
      int steps = 2 + random.nextInt(10);
      for (int step = 0; step < steps; step++) {
        switch (random.nextInt(6)) {
          case 0 -> page();
          case 1 -> poll();
          case 2 -> explore();
          default -> change();
        }
      }
      return refused;
    }

    private void page() {
      String query = "query-" + random.nextInt(1_000);
      for (int page = 1 + random.nextInt(20); page >= 0; page--) {
        call(SEARCH, query + ", page " + page);
        if (random.nextInt(8) == 0) {
          call(SEARCH, query + ", page " + page); // it failed, or was cut short
        }
      }
    }

    private void poll() {
      String build = "build-" + random.nextInt(1_000);
      call(SHELL, "start " + build, LoopPolicy.DEFAULT, true);
      for (int polls = 1 + random.nextInt(30); polls > 0; polls--) {
        nowNs += 10 * SECOND + random.nextLong(20 * SECOND);
        call(STATUS, build, POLLED, false);
      }
    }

    // Looks around, at most twice at each in a row, and notes what it has seen.
    private void explore() {
      String first = file();
      call(READ, first);
      call(SEARCH, "uses of " + first + " as " + random.nextInt(100_000));
      edit("notes");
    }

    // Edits, tests, reads again what it has changed, until the tests pass.
    private void change() {
      String file = file();
      call(READ, file);
      for (int again = 1 + random.nextInt(8); again > 0; again--) {
        edit(file);
        if (random.nextBoolean()) {
          call(READ, file);
        }
        call(TEST, "all");
        if (random.nextInt(4) == 0) {
          call(TEST, "all"); // is it flaky?
        }
      }
    }

    private void edit(String file) {
      call(EDIT, file + ", change " + ++edits, LoopPolicy.DEFAULT, true);
    }
  }

  @Test
  @SuppressWarnings("SystemOut") // the figure of the docs
  void atMostOneOfAThousandIsRefusedAnything() {
    int refused = 0;
    for (int seed = 0; seed < TRANSCRIPTS; seed++) {
      refused += new Transcript(seed).wasRefused() ? 1 : 0;
    }
    System.out.println(refused + " of " + TRANSCRIPTS + " honest transcripts were refused a call");
    assertThat(refused).isLessThanOrEqualTo(TRANSCRIPTS / 1_000);
  }
}
