package io.headgate;

import io.headgate.Snapshot.Party;
import io.headgate.Snapshot.Quantiles;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Prints a {@link Snapshot} as a table for a terminal: at most 100 columns, no colours, the busiest
 * {@value #MAX_ROWS} agents and targets. Not thread-safe.
 */
final class SnapshotTable {
  private static final long NANOS_PER_MICRO = 1_000;
  private static final int MAX_ROWS = 32;
  private static final int WIDTH = 100;
  private static final int ID_WIDTH = 19;
  private static final String INDENT = "          ";
  private static final String TIMES = "%-10s%12s%12s%12s%12s%12s";
  private static final String PARTY = "%-19s %6s %7s %6s %5s %7s %7s %7s %7s %6s %6s %6s";
  private static final long US = 1_000;
  private static final long MS = 1_000_000;
  private static final long S = 1_000_000_000;
  private static final long MINUTE = 60;
  private static final long HOUR = 3_600;
  private static final double NANOS_PER_DOLLAR = 1e9;

  private final StringBuilder out = new StringBuilder(4_096);

  private SnapshotTable() {}

  static String render(Snapshot snapshot) {
    var table = new SnapshotTable();
    table.snapshot(snapshot);
    return table.out.toString();
  }

  private void snapshot(Snapshot s) {
    line("Headgate at " + s.at());
    line(
        "now       waiting "
            + count(s.waiting())
            + " (oldest "
            + time(s.oldestWaiting())
            + "), in flight "
            + count(s.inFlight())
            + " (overruns "
            + count(s.overruns())
            + "), suspended "
            + count(s.suspended())
            + ", jobs "
            + count(s.openJobs()));
    if (!s.admissions().isEmpty()) {
      line("operator  admissions " + s.admissions() + left(s, s.heldUntil()));
    }
    line(
        "rates     arrivals "
            + rate(s.arrivalsPerSecond())
            + "/s, starts "
            + rate(s.startsPerSecond())
            + "/s, ends "
            + rate(s.endsPerSecond())
            + "/s; a new task would wait "
            + time(s.estimatedWait()));
    line(
        "tokens    reserved "
            + count(s.tokensReserved())
            + ", spent "
            + count(s.tokensSpent())
            + " (last minute "
            + count(s.tokensLastMinute())
            + ")"
            + ", overspent "
            + count(s.overspentTokens()));
    line(
        "money     reserved "
            + dollars(s.moneyReservedNanos())
            + ", spent "
            + dollars(s.moneySpentNanos())
            + " (last minute "
            + dollars(s.moneyLastMinuteNanos())
            + ")");
    limits(s);
    parking(s);
    waste(s.waste());
    line("reserved  " + ratio(s.reservedOverUsed()) + " of what was used");
    String wrappedUp = s.wrappedUp() == 0 ? "" : ", to wrap up " + count(s.wrappedUp());
    line("admitted  " + count(s.admitted()) + wrappedUp);
    counts("ended", s.outcomes());
    counts("refused", s.refusals());
    out.append('\n');
    line(TIMES.formatted("time", "count", "p50", "p99", "p99.9", "max"));
    times("wait", s.waitTime());
    times("run", s.runTime());
    times("total", s.totalTime());
    cutOffs(s);
    spenders(s);
    alerts(s);
    paces(s);
    permits(s);
    levels(s);
    learned(s);
    parties("agent", s.agents());
    parties("target", s.targets());
  }

  private void times(String name, Quantiles q) {
    line(
        TIMES.formatted(
            name,
            count(q.count()),
            time(q, q.p50()),
            time(q, q.p99()),
            time(q, q.p999()),
            time(q, q.max())));
  }

  private void waste(Waste w) {
    line(
        "in vain   on failures "
            + count(w.tokensOnFailures())
            + " tokens, "
            + dollars(w.moneyOnFailuresNanos())
            + "; too late "
            + count(w.tokensTooLate())
            + " tokens, "
            + dollars(w.moneyTooLateNanos()));
  }

  private static String ratio(double value) {
    return value == 0 ? "-" : significant(value) + "x";
  }

  private void cutOffs(Snapshot s) {
    StringJoiner cutOff = new StringJoiner(", ", "cut off   ", "").setEmptyValue("");
    for (Party target : s.targets()) {
      if (!target.breaker().equals("CLOSED") || target.forcedUntil() != null) {
        cutOff.add(id(target.id()) + " " + target.breaker() + untilWhen(s, target));
      }
    }
    for (Party agent : s.agents()) {
      if (!agent.breaker().isEmpty()) {
        cutOff.add(id(agent.id()) + " " + agent.breaker() + untilWhen(s, agent));
      }
      for (String target : agent.cutOffFrom()) {
        cutOff.add(id(agent.id()) + " from " + id(target));
      }
    }
    cut(cutOff.toString());
  }

  private static String untilWhen(Snapshot s, Party party) {
    return left(s, party.heldUntil() == null ? party.forcedUntil() : party.heldUntil());
  }

  private static String left(Snapshot s, @Nullable Instant until) {
    return until == null ? "" : " for " + time(Duration.between(s.at(), until));
  }

  // Those that spent most in the last minute, as many as fit.
  private void spenders(Snapshot s) {
    StringJoiner spenders = new StringJoiner(", ", "spending  ", "").setEmptyValue("");
    s.agents().stream()
        .filter(agent -> agent.tokensLastMinute() > 0 || agent.moneyLastMinuteNanos() > 0)
        .sorted(
            Comparator.comparingLong(Party::moneyLastMinuteNanos)
                .thenComparingLong(Party::tokensLastMinute)
                .reversed())
        .limit(MAX_ROWS)
        .forEach(agent -> spenders.add(id(agent.id()) + " " + perMinute(agent)));
    cut(spenders.toString());
  }

  private static String perMinute(Party p) {
    String money =
        p.moneyLastMinuteNanos() == 0 ? "" : " " + dollars(p.moneyLastMinuteNanos()) + "/min";
    return count(p.tokensLastMinute()) + " tokens/min" + money;
  }

  private void alerts(Snapshot s) {
    StringJoiner alerts = new StringJoiner(", ", "alerts    ", "").setEmptyValue("");
    for (List<Party> parties : List.of(s.agents(), s.targets())) {
      for (Party party : parties) {
        for (String alert : party.alerts()) {
          alerts.add(id(party.id()) + " " + alert);
        }
      }
    }
    cut(alerts.toString());
  }

  private void permits(Snapshot s) {
    StringJoiner permits = new StringJoiner(", ", "permits   ", "").setEmptyValue("");
    for (Party target : s.targets()) {
      if (target.permits() != AgentSettings.UNLIMITED) {
        permits.add(id(target.id()) + " " + target.inFlight() + " of " + target.permits());
      }
    }
    cut(permits.toString());
  }

  private void levels(Snapshot s) {
    StringJoiner levels = new StringJoiner(", ", "let in    ", "").setEmptyValue("");
    for (Party target : s.targets()) {
      Snapshot.Level level = target.level();
      if (!level.isAll()) {
        String share = significant(100 * level.share()) + " % of " + level.lowest();
        levels.add(id(target.id()) + " " + share);
      }
    }
    cut(levels.toString());
  }

  private void parking(Snapshot s) {
    if (s.parked() > 0) {
      line(
          "parked    "
              + count(s.parked())
              + " of "
              + count(s.maxParked())
              + ", with at most "
              + count(s.maxParkedTokens())
              + " tokens");
    }
  }

  // Those learned from most calls, as many as fit.
  private void learned(Snapshot s) {
    StringJoiner learned = new StringJoiner(", ", "learned   ", "").setEmptyValue("");
    for (Snapshot.Learned each : s.learned()) {
      learned.add(
          (each.agent().isEmpty() ? "all" : id(each.agent()))
              + " at "
              + id(each.target())
              + " "
              + count(each.outputTokens())
              + " of "
              + count(each.calls())
              + " calls");
    }
    cut(learned.toString());
  }

  private void limits(Snapshot s) {
    StringJoiner limits = new StringJoiner("; ", "limits    ", "").setEmptyValue("");
    limit(limits, "all", s.limits());
    for (Party agent : s.agents()) {
      limit(limits, id(agent.id()), agent.limits());
    }
    cut(limits.toString());
  }

  private static void limit(StringJoiner to, String whose, Snapshot.Limits limits) {
    StringJoiner of = new StringJoiner(", ", whose + " ", "").setEmptyValue("");
    SpendingLimits spending = limits.spending();
    if (limits.tokensPerMinute() != AgentSettings.NO_RATE) {
      of.add(count(limits.tokensPerMinute()) + " tokens/min");
    }
    if (spending.tokens() != SpendingLimits.UNLIMITED) {
      of.add(count(spending.tokens()) + " tokens");
    }
    if (spending.moneyNanos() != SpendingLimits.UNLIMITED) {
      of.add(dollars(spending.moneyNanos()));
    }
    if (spending.microsPerMinute() != SpendingLimits.UNLIMITED) {
      of.add(dollars(spending.microsPerMinute() * NANOS_PER_MICRO) + "/min");
    }
    if (of.length() > 0) {
      to.add(of.toString());
    }
  }

  private void paces(Snapshot s) {
    StringJoiner paces = new StringJoiner(", ", "pace      ", "").setEmptyValue("");
    for (Party target : s.targets()) {
      Snapshot.Pace pace = target.pace();
      if (pace.perMinute() > 0) {
        String limit = pace.limitPerMinute() > 0 ? rate(pace.limitPerMinute()) : "?";
        String unit = pace.ofTokens() ? " tokens/min" : "/min";
        paces.add(id(target.id()) + " " + rate(pace.perMinute()) + " of " + limit + unit);
      }
    }
    cut(paces.toString());
  }

  private void cut(String text) {
    if (!text.isEmpty()) {
      line(text.length() <= WIDTH ? text : text.substring(0, WIDTH - 2) + "..");
    }
  }

  private void parties(String what, List<Party> parties) {
    if (parties.isEmpty()) {
      return;
    }
    out.append('\n');
    line(
        PARTY.formatted(
            what, "wait", "run", "of", "over", "started", "refused", "tokens", "money", "w p99",
            "r p50", "r p99"));
    parties.stream()
        .sorted(
            Comparator.comparingInt((Party p) -> p.waiting() + p.inFlight())
                .thenComparingLong(Party::started)
                .reversed())
        .limit(MAX_ROWS)
        .forEach(this::party);
    if (parties.size() > MAX_ROWS) {
      line("and " + count(parties.size() - MAX_ROWS) + " more " + what + "s");
    }
  }

  private void party(Party p) {
    long refused = 0;
    for (long count : p.refusals().values()) {
      refused += count;
    }
    line(
        PARTY.formatted(
            id(p.id()),
            count(p.waiting()),
            count(p.inFlight()),
            p.maxInFlight() == AgentSettings.UNLIMITED ? "-" : count(p.maxInFlight()),
            count(p.overruns()),
            count(p.started()),
            count(refused),
            count(p.tokensSpent()),
            dollars(p.moneySpentNanos()),
            time(p.waitTime(), p.waitTime().p99()),
            time(p.runTime(), p.runTime().p50()),
            time(p.runTime(), p.runTime().p99())));
  }

  // As many to a line as fit.
  private void counts(String name, Map<?, Long> counts) {
    var text = new StringBuilder("%-10s".formatted(name));
    int lineStart = 0;
    String separator = "";
    for (Map.Entry<?, Long> entry : counts.entrySet()) {
      String item = entry.getKey() + " " + count(entry.getValue());
      text.append(separator);
      if (text.length() - lineStart + 1 + item.length() >= WIDTH) {
        text.append('\n');
        lineStart = text.length();
        text.append(INDENT);
      } else if (!separator.isEmpty()) {
        text.append(' ');
      }
      text.append(item);
      separator = ",";
    }
    out.append(counts.isEmpty() ? text.append("none") : text).append('\n');
  }

  private void line(String text) {
    out.append(text).append('\n');
  }

  // What is not printable would break the columns, or the terminal.
  private static String id(String id) {
    String clean = id.replaceAll("[^\\x20-\\x7E]", "?");
    return clean.length() <= ID_WIDTH ? clean : clean.substring(0, ID_WIDTH - 2) + "..";
  }

  /** At most six characters up to 10^18: 99999, 100.0k would be seven, so 100k. */
  static String count(long value) {
    return value < 100_000 ? Long.toString(value) : scaled((double) value);
  }

  private static String scaled(double value) {
    double left = value;
    int unit = -1;
    while (left >= 999.5 && unit < 5) {
      left /= 1_000;
      unit++;
    }
    return significant(left) + "kMGTPE".charAt(unit);
  }

  private static String rate(double value) {
    return value >= 100_000 ? scaled(value) : significant(value);
  }

  private static String significant(double value) {
    String format = value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, value == 0 ? "%.0f" : format, value);
  }

  static String dollars(long nanos) {
    double dollars = nanos / NANOS_PER_DOLLAR;
    if (dollars >= 100_000) {
      return "$" + scaled(dollars);
    }
    return "$"
        + (dollars > 0 && dollars < 1
            ? String.format(Locale.ROOT, "%.4f", dollars)
            : significant(dollars));
  }

  private static String time(Quantiles of, Duration quantile) {
    return of.count() == 0 ? "-" : time(quantile);
  }

  /** Three digits and a unit: at most six characters up to a thousand hours. */
  static String time(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds >= 100 * HOUR) {
      return seconds / HOUR + "h";
    }
    if (seconds >= HOUR) {
      return significant(seconds / (double) HOUR) + "h";
    }
    if (seconds >= 2 * MINUTE) {
      return significant(seconds / (double) MINUTE) + "m";
    }
    long ns = duration.toNanos();
    if (ns >= S) {
      return significant(ns / (double) S) + "s";
    }
    if (ns >= MS) {
      return significant(ns / (double) MS) + "ms";
    }
    return ns >= US ? ns / US + "us" : ns + "ns";
  }
}
