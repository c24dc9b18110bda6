package io.headgate.simulation;

import io.headgate.Refusal;
import io.headgate.engine.Ending;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * In how many seeds each rare event came up (a refusal for a reason, an ending, a fault), and each
 * pair of them. A zero is a hole in the test. Not thread-safe.
 */
final class Coverage {
  private static final int ENDINGS_FROM = Refusal.values().length;
  private static final int FAULTS_FROM = ENDINGS_FROM + Ending.values().length;
  private static final int EVENTS = FAULTS_FROM + FaultPoint.values().length;
  private static final int PAIRS_IN_A_LINE = 4;
  private static final int TEN = 10;

  /** What a file of pairs begins with. */
  static final String PAIRS_HEADER = "event,other,seeds";

  private final long[] times = new long[EVENTS];
  private final long[] seeds = new long[EVENTS];
  private final int[][] together = new int[EVENTS][EVENTS];

  void add(Swarm.Verdict verdict) {
    long[] seen = new long[EVENTS];
    System.arraycopy(verdict.tally().refusals, 0, seen, 0, ENDINGS_FROM);
    System.arraycopy(verdict.tally().endings, 0, seen, ENDINGS_FROM, FAULTS_FROM - ENDINGS_FROM);
    System.arraycopy(verdict.world().hits, 0, seen, FAULTS_FROM, EVENTS - FAULTS_FROM);
    int[] present = new int[EVENTS];
    int count = 0;
    for (int event = 0; event < EVENTS; event++) {
      if (seen[event] > 0) {
        times[event] += seen[event];
        seeds[event]++;
        present[count++] = event;
      }
    }
    for (int one = 0; one < count; one++) {
      for (int other = one + 1; other < count; other++) {
        together[present[one]][present[other]]++;
      }
    }
  }

  private static String name(int event) {
    if (event < ENDINGS_FROM) {
      return "refused " + words(Refusal.values()[event]);
    }
    return event < FAULTS_FROM
        ? "ended " + words(Ending.values()[event - ENDINGS_FROM])
        : words(FaultPoint.values()[event - FAULTS_FROM]);
  }

  private static String words(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Events that can come up and did not; a simulated journal is not written ahead. */
  List<String> holes() {
    List<String> holes = new ArrayList<>();
    for (int event = 0; event < EVENTS; event++) {
      if (seeds[event] == 0 && event != Refusal.NOT_RECOVERABLE.ordinal()) {
        holes.add(name(event));
      }
    }
    return holes;
  }

  /** Pairs of events that each came up, never both in one seed. */
  List<String> missingPairs() {
    List<String> missing = new ArrayList<>();
    for (int one = 0; one < EVENTS; one++) {
      for (int other = one + 1; other < EVENTS; other++) {
        if (seeds[one] > 0 && seeds[other] > 0 && together[one][other] == 0) {
          missing.add(name(one) + " + " + name(other));
        }
      }
    }
    return missing;
  }

  /** In how many seeds each pair of events came up, as lines of comma-separated values. */
  List<String> pairs() {
    List<String> lines = new ArrayList<>();
    lines.add(PAIRS_HEADER);
    for (int one = 0; one < EVENTS; one++) {
      for (int other = one + 1; other < EVENTS; other++) {
        lines.add(name(one) + "," + name(other) + "," + together[one][other]);
      }
    }
    return lines;
  }

  void print(PrintStream out) {
    out.printf("%3s %-40s %12s %14s%n", "", "event", "in seeds", "times");
    for (int event = 0; event < EVENTS; event++) {
      out.printf(
          Locale.ROOT, "%3d %-40s %,12d %,14d%n", event, name(event), seeds[event], times[event]);
    }
    printPairs(out);
    List<String> holes = holes();
    out.println("never seen: " + (holes.isEmpty() ? "nothing" : String.join(", ", holes)));
    List<String> missing = missingPairs();
    out.println(
        "pairs never seen together: " + missing.size() + " of " + EVENTS * (EVENTS - 1) / 2);
    for (int i = 0; i < missing.size(); i += PAIRS_IN_A_LINE) {
      out.println(
          "  "
              + String.join(
                  "; ", missing.subList(i, Math.min(missing.size(), i + PAIRS_IN_A_LINE))));
    }
  }

  /*
   * A triangle with a row and a column for each event, both by the numbers of the list above, and of
   * each pair one character: exact figures of three thousand pairs are for a file.
   */
  private void printPairs(PrintStream out) {
    out.println(
        "pairs, in how many seeds: '.' none, 1 for 1 to 9, 2 for 10 to 99, 3 for 100 to 999, ...");
    var tens = new StringBuilder();
    var ones = new StringBuilder();
    for (int event = 0; event < EVENTS; event++) {
      tens.append(event % TEN == 0 ? String.valueOf(event / TEN) : " ");
      ones.append(event % TEN);
    }
    out.printf("%3s %-40s %s%n", "", "", tens);
    out.printf("%3s %-40s %s%n", "", "", ones);
    for (int row = 0; row < EVENTS; row++) {
      var cells = new StringBuilder();
      for (int column = 0; column < row; column++) {
        cells.append(digits(together[column][row]));
      }
      out.printf("%3d %-40s %s%n", row, name(row), cells);
    }
  }

  private static String digits(int count) {
    return count == 0 ? "." : String.valueOf(String.valueOf(count).length());
  }
}
