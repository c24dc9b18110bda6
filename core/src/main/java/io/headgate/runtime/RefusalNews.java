package io.headgate.runtime;

import io.headgate.Refusal;
import io.headgate.admission.RefusalCounts;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What was refused, for who is told of it: at most once a second, however much that is. The
 * dispatcher's; submitters only count.
 */
final class RefusalNews {
  private static final long PERIOD_NS = 1_000_000_000L;

  private static final Refusal[] REASONS = Refusal.values();

  private final long[] counts = new long[REASONS.length];
  private final long[] told = new long[REASONS.length];
  private long nextNs = Long.MIN_VALUE;

  /** Looks at the counts. */
  void look(RefusalCounts refusals) {
    for (Refusal reason : REASONS) {
      counts[reason.ordinal()] = refusals.count(reason);
    }
  }

  void publish(CounterTable counters) {
    counters.set(Counter.REFUSED, Arrays.stream(counts).sum());
    for (Refusal reason : REASONS) {
      counters.set(reason, counts[reason.ordinal()]);
    }
  }

  /** What came since it was last told, by the last look; nothing if that is not a second ago. */
  Map<Refusal, Long> since(long nowNs) {
    return nowNs < nextNs ? Map.of() : rest(nowNs);
  }

  /** The same, whenever it was last told. */
  Map<Refusal, Long> rest(long nowNs) {
    Map<Refusal, Long> news = Map.of();
    for (Refusal reason : REASONS) {
      int at = reason.ordinal();
      // Fewer than before: one that was told of was taken back since, and the next makes up for it.
      if (counts[at] > told[at]) {
        if (news.isEmpty()) {
          news = new EnumMap<>(Refusal.class);
          nextNs = nowNs + PERIOD_NS;
        }
        news.put(reason, counts[at] - told[at]);
        told[at] = counts[at];
      }
    }
    return Collections.unmodifiableMap(news);
  }
}
