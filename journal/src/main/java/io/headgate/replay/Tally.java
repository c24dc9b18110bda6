package io.headgate.replay;

import io.headgate.Refusal;
import io.headgate.engine.Ending;
import io.headgate.journal.Happening;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Counts what became of tasks, and what it cost; and what was refused, which the journal tells of
 * agents, of targets and of all: who counts passes on one of these. One thread.
 */
final class Tally {
  private static final Set<String> REASONS =
      Arrays.stream(Refusal.values()).map(Enum::name).collect(Collectors.toUnmodifiableSet());

  long admitted;
  long attempts;
  long attemptsFailed;
  long completed;
  long failed;
  long late;
  long cancelled;
  final Map<Refusal, Long> refusals = new EnumMap<>(Refusal.class);
  long tokens;
  long moneyNanos;
  long tokensOnFailures;
  long moneyOnFailures;
  final Histogram tookMicros = new Histogram(2);

  void hear(Happening happening) {
    Map<String, Object> more = happening.more();
    switch (happening.kind()) {
      case TASK_ADMITTED -> admitted++;
      case ATTEMPT_STARTED -> attempts++;
      case ATTEMPT_ENDED -> {
        tokens += number(more, "tokens");
        moneyNanos += number(more, "money");
        if (!"OK".equals(String.valueOf(more.get("class")))) {
          attemptsFailed++;
          tokensOnFailures += number(more, "tokens");
          moneyOnFailures += number(more, "money");
        }
      }
      case TASK_ENDED -> {
        ended((Ending) more.get("ending"));
        tookMicros.recordValue(Math.max(0, number(more, "took")) / 1_000);
      }
      case REFUSALS ->
          more.forEach(
              (reason, times) -> {
                if (times instanceof Long count && REASONS.contains(reason)) {
                  refused(Refusal.valueOf(reason), count);
                }
              });
      case REFUSED -> refused((Refusal) Given.of(more.get("reason")), 1);
      default -> {}
    }
  }

  private void refused(Refusal reason, long times) {
    refusals.merge(reason, times, Long::sum);
  }

  /** How many tasks were refused. */
  long refused() {
    return refusals.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Such as {@code LEVEL 12, AGENT_RATE 3}: the commonest first; empty if nothing was refused. */
  String refusedWhy() {
    return refusals.entrySet().stream()
        .sorted(Map.Entry.<Refusal, Long>comparingByValue(Comparator.reverseOrder()))
        .map(each -> each.getKey() + " " + each.getValue())
        .collect(Collectors.joining(", "));
  }

  void add(Tally other) {
    other.refusals.forEach(this::refused);
    admitted += other.admitted;
    attempts += other.attempts;
    attemptsFailed += other.attemptsFailed;
    completed += other.completed;
    failed += other.failed;
    late += other.late;
    cancelled += other.cancelled;
    tokens += other.tokens;
    moneyNanos += other.moneyNanos;
    tokensOnFailures += other.tokensOnFailures;
    moneyOnFailures += other.moneyOnFailures;
    tookMicros.add(other.tookMicros);
  }

  private void ended(@Nullable Ending ending) {
    switch (Given.of(ending)) {
      case COMPLETED -> completed++;
      case FAILED, CUT_OFF -> failed++;
      case TIMED_OUT_TIMEOUT, TIMED_OUT_JOB, EXPIRED_TTL, EXPIRED_JOB, EXPIRED_TOO_LATE -> late++;
      case CANCELLED_CALLER,
          CANCELLED_JOB_CLOSED,
          CANCELLED_SHUTDOWN,
          CANCELLED_REMOVED,
          CANCELLED_DECLINED,
          CANCELLED_WOULD_DEADLOCK,
          CANCELLED_BUDGET ->
          cancelled++;
    }
  }

  private static long number(Map<String, Object> more, String key) {
    return ((Number) Given.of(more.get(key))).longValue();
  }
}
