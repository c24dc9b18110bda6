package io.headgate.simulation;

import java.util.SplittableRandom;

/**
 * What an agent calls that gets on with its work: it pages, polls, reads again what it has changed,
 * looks things up twice, and tries again what failed. Generated, the same for the same seed.
 */
final class HonestTranscript {
  /** Its tools. */
  enum Tool {
    READ,
    EDIT,
    TEST,
    SEARCH,
    STATUS,
    SHELL;

    /** Whether it changes what others find. */
    boolean writes() {
      return this == EDIT || this == SHELL;
    }

    /** Whether it is called again and again by intent. */
    boolean isPolled() {
      return this == STATUS;
    }
  }

  /** Who makes the calls. */
  interface Host {
    /**
     * One call.
     *
     * @param thinkNs since the one before
     * @param fails whether the tool throws
     */
    void call(Tool tool, String arguments, long thinkNs, boolean fails);
  }

  private static final long SECOND = 1_000_000_000;

  private final SplittableRandom random;
  private final Host host;
  private final double failures;
  private final int files;
  private int edits;

  /**
   * @param failures the share of its calls that fail
   */
  HonestTranscript(long seed, double failures, Host host) {
    random = new SplittableRandom(seed);
    this.failures = failures;
    this.host = host;
    files = 3 + random.nextInt(12);
  }

  /** Makes all of its calls. */
  void play() {
    int steps = 2 + random.nextInt(10);
    for (int step = 0; step < steps; step++) {
      switch (random.nextInt(6)) {
        case 0 -> page();
        case 1 -> poll();
        case 2 -> explore();
        default -> change();
      }
    }
  }

  private void call(Tool tool, String arguments) {
    boolean fails = random.nextDouble() < failures;
    call(tool, arguments, fails);
    if (fails) {
      call(tool, arguments, false);
    }
  }

  private void call(Tool tool, String arguments, boolean fails) {
    host.call(tool, arguments, SECOND + random.nextLong(4 * SECOND), fails);
  }

  // Those that matter are read more often.
  private String file() {
    return "file-" + (int) (files * random.nextDouble() * random.nextDouble());
  }

  private void page() {
    String query = "query-" + random.nextInt(1_000);
    for (int page = 1 + random.nextInt(20); page >= 0; page--) {
      call(Tool.SEARCH, query + ", page " + page);
      if (random.nextInt(8) == 0) {
        call(Tool.SEARCH, query + ", page " + page); // it was cut short
      }
    }
  }

  private void poll() {
    String build = "build-" + random.nextInt(1_000);
    call(Tool.SHELL, "start " + build);
    for (int polls = 1 + random.nextInt(30); polls > 0; polls--) {
      long pause = 10 * SECOND + random.nextLong(20 * SECOND);
      host.call(Tool.STATUS, build, pause + SECOND + random.nextLong(4 * SECOND), false);
    }
  }

  // Looks around, and notes what it has seen.
  private void explore() {
    String first = file();
    call(Tool.READ, first);
    call(Tool.SEARCH, "uses of " + first + " as " + random.nextInt(100_000));
    edit("notes");
  }

  // Edits, tests, reads again what it has changed, until the tests pass.
  private void change() {
    String file = file();
    call(Tool.READ, file);
    for (int again = 1 + random.nextInt(8); again > 0; again--) {
      edit(file);
      if (random.nextBoolean()) {
        call(Tool.READ, file);
      }
      call(Tool.TEST, "all");
      if (random.nextInt(4) == 0) {
        call(Tool.TEST, "all"); // is it flaky?
      }
    }
  }

  private void edit(String file) {
    call(Tool.EDIT, file + ", change " + ++edits);
  }
}
