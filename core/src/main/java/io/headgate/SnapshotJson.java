package io.headgate;

import io.headgate.Snapshot.Party;
import io.headgate.Snapshot.Quantiles;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a {@link Snapshot} as JSON (RFC 8259), without white space. Not thread-safe. */
final class SnapshotJson {
  private static final int NANO_DIGITS = 9;
  private static final int MICRO_DIGITS = 6;
  private static final double ROUND = 1e3;

  private final StringBuilder out = new StringBuilder(4_096);
  private boolean first = true;

  private SnapshotJson() {}

  static String write(Snapshot snapshot) {
    var json = new SnapshotJson();
    json.snapshot(snapshot);
    return json.out.toString();
  }

  private void snapshot(Snapshot s) {
    begin('{');
    text("at", s.at().toString());
    number("waiting", s.waiting());
    number("parked", s.parked());
    number("inFlight", s.inFlight());
    number("overruns", s.overruns());
    number("suspended", s.suspended());
    number("openJobs", s.openJobs());
    text("admissions", s.admissions());
    until("heldUntil", s.heldUntil());
    seconds("oldestWaitingSeconds", s.oldestWaiting());
    rate("arrivalsPerSecond", s.arrivalsPerSecond());
    rate("startsPerSecond", s.startsPerSecond());
    rate("endsPerSecond", s.endsPerSecond());
    seconds("estimatedWaitSeconds", s.estimatedWait());
    number("tokensReserved", s.tokensReserved());
    number("tokensSpent", s.tokensSpent());
    dollars("moneyReservedDollars", s.moneyReservedNanos());
    dollars("moneySpentDollars", s.moneySpentNanos());
    number("tokensLastMinute", s.tokensLastMinute());
    dollars("moneyLastMinuteDollars", s.moneyLastMinuteNanos());
    limits(s.limits());
    number("maxParked", s.maxParked());
    number("maxParkedTokens", s.maxParkedTokens());
    number("retrySpreadPercent", s.retrySpreadPercent());
    number("overspentTokens", s.overspentTokens());
    waste(s.waste());
    rate("reservedOverUsed", s.reservedOverUsed());
    number("admitted", s.admitted());
    number("wrappedUp", s.wrappedUp());
    counts("outcomes", s.outcomes());
    counts("refusals", s.refusals());
    quantiles("waitTime", s.waitTime());
    quantiles("runTime", s.runTime());
    quantiles("totalTime", s.totalTime());
    parties("agents", s.agents());
    parties("targets", s.targets());
    name("learned");
    begin('[');
    for (Snapshot.Learned learned : s.learned()) {
      comma();
      begin('{');
      text("agent", learned.agent());
      text("target", learned.target());
      number("outputTokens", learned.outputTokens());
      number("calls", learned.calls());
      end('}');
    }
    end(']');
    end('}');
  }

  private void parties(String name, List<Party> parties) {
    name(name);
    begin('[');
    for (Party party : parties) {
      party(party);
    }
    end(']');
  }

  private void party(Party p) {
    comma();
    begin('{');
    text("id", p.id());
    number("waiting", p.waiting());
    number("parked", p.parked());
    number("inFlight", p.inFlight());
    number("overruns", p.overruns());
    name("maxInFlight");
    out.append(p.maxInFlight() == AgentSettings.UNLIMITED ? "null" : p.maxInFlight());
    seconds("oldestWaitingSeconds", p.oldestWaiting());
    rate("admissionsPerSecond", p.admissionsPerSecond());
    rate("endsPerSecond", p.endsPerSecond());
    seconds("estimatedWaitSeconds", p.estimatedWait());
    number("tokensReserved", p.tokensReserved());
    number("tokensSpent", p.tokensSpent());
    dollars("moneyReservedDollars", p.moneyReservedNanos());
    dollars("moneySpentDollars", p.moneySpentNanos());
    number("tokensLastMinute", p.tokensLastMinute());
    dollars("moneyLastMinuteDollars", p.moneyLastMinuteNanos());
    limits(p.limits());
    waste(p.waste());
    rate("reservedOverUsed", p.reservedOverUsed());
    number("started", p.started());
    number("retries", p.retries());
    number("hedges", p.hedges());
    number("hedgesWon", p.hedgesWon());
    number("fellBeside", p.fellBeside());
    number("answeredBeside", p.answeredBeside());
    text("breaker", p.breaker());
    until("heldUntil", p.heldUntil());
    until("forcedUntil", p.forcedUntil());
    name("ladder");
    begin('[');
    for (Snapshot.Rung rung : p.ladder()) {
      comma();
      begin('{');
      text("name", rung.name());
      name("serves");
      out.append(rung.serves());
      number("answers", rung.answers());
      end('}');
    }
    end(']');
    pace(p.pace());
    name("permits");
    out.append(p.permits() == AgentSettings.UNLIMITED ? "null" : p.permits());
    level(p.level());
    texts("cutOffFrom", p.cutOffFrom());
    texts("alerts", p.alerts());
    counts("refusals", p.refusals());
    quantiles("waitTime", p.waitTime());
    quantiles("runTime", p.runTime());
    quantiles("totalTime", p.totalTime());
    end('}');
  }

  private void texts(String name, List<String> values) {
    name(name);
    begin('[');
    for (String value : values) {
      comma();
      quote(value);
    }
    end(']');
  }

  private void waste(Waste w) {
    name("waste");
    begin('{');
    number("tokensOnFailures", w.tokensOnFailures());
    number("tokensTooLate", w.tokensTooLate());
    dollars("moneyOnFailuresDollars", w.moneyOnFailuresNanos());
    dollars("moneyTooLateDollars", w.moneyTooLateNanos());
    end('}');
  }

  private void limits(Snapshot.Limits limits) {
    SpendingLimits spending = limits.spending();
    name("limits");
    begin('{');
    limit("tokensPerMinute", limits.tokensPerMinute(), 0);
    limit("tokens", spending.tokens(), 0);
    limit("moneyDollars", spending.moneyNanos(), NANO_DIGITS);
    limit("moneyPerMinuteDollars", spending.microsPerMinute(), MICRO_DIGITS);
    end('}');
  }

  private void limit(String name, long value, int digits) {
    name(name);
    if (value == SpendingLimits.UNLIMITED) {
      out.append("null");
    } else {
      decimal(BigDecimal.valueOf(value, digits));
    }
  }

  private void level(Snapshot.Level level) {
    name("level");
    begin('{');
    text("lowest", level.lowest().name());
    rate("share", level.share());
    end('}');
  }

  private void pace(Snapshot.Pace pace) {
    name("pace");
    begin('{');
    rate("perMinute", pace.perMinute());
    rate("limitPerMinute", pace.limitPerMinute());
    name("ofTokens");
    out.append(pace.ofTokens());
    end('}');
  }

  private void quantiles(String name, Quantiles q) {
    name(name);
    begin('{');
    number("count", q.count());
    seconds("p50Seconds", q.p50());
    seconds("p99Seconds", q.p99());
    seconds("p999Seconds", q.p999());
    seconds("maxSeconds", q.max());
    end('}');
  }

  private void counts(String name, Map<?, Long> counts) {
    name(name);
    begin('{');
    counts.forEach((key, count) -> number(key.toString(), count));
    end('}');
  }

  private void begin(char bracket) {
    out.append(bracket);
    first = true;
  }

  private void end(char bracket) {
    out.append(bracket);
    first = false;
  }

  private void comma() {
    if (!first) {
      out.append(',');
    }
    first = false;
  }

  private void name(String name) {
    comma();
    quote(name);
    out.append(':');
  }

  private void until(String name, @Nullable Instant time) {
    if (time == null) {
      name(name);
      out.append("null");
    } else {
      text(name, time.toString());
    }
  }

  private void text(String name, String value) {
    name(name);
    quote(value);
  }

  private void number(String name, long value) {
    name(name);
    out.append(value);
  }

  private void rate(String name, double value) {
    name(name);
    out.append(Math.rint(value * ROUND) / ROUND);
  }

  private void seconds(String name, Duration value) {
    name(name);
    decimal(
        BigDecimal.valueOf(value.getSeconds())
            .add(BigDecimal.valueOf(value.getNano(), NANO_DIGITS)));
  }

  private void dollars(String name, long nanos) {
    name(name);
    decimal(BigDecimal.valueOf(nanos, NANO_DIGITS));
  }

  private void decimal(BigDecimal value) {
    out.append(value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString());
  }

  private void quote(String value) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          // Beside the control characters: line ends of JavaScript, and halves of pairs, which may
          // be alone.
          if (c < ' ' || c == 0x7F || c == 0x2028 || c == 0x2029 || Character.isSurrogate(c)) {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
