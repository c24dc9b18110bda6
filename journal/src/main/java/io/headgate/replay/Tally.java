package io.headgate.replay;

import io.headgate.engine.Ending;
import io.headgate.journal.Happening;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Counts what became of tasks, and what it cost. One thread. */
final class Tally {
  long admitted;
  long attempts;
  long attemptsFailed;
  long completed;
  long failed;
  long late;
  long cancelled;
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
      default -> {}
    }
  }

  void add(Tally other) {
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
