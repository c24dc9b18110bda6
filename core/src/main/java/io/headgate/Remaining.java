package io.headgate;

import java.time.Duration;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * What a job has left. {@link #toString} says it in one line that may be handed to a model.
 * Immutable.
 *
 * @param tokens neither spent nor reserved, or {@link JobSettings#UNLIMITED}
 * @param tokensKept of those, kept for calls that wrap up
 * @param moneyNanos nano-dollars, or {@link JobSettings#UNLIMITED}
 * @param moneyKeptNanos of those, kept for calls that wrap up
 * @param time until the job's deadline; as {@link Job#remaining}
 */
public record Remaining(
    long tokens, long tokensKept, long moneyNanos, long moneyKeptNanos, Duration time) {
  private static final double NANOS_PER_DOLLAR = 1e9;
  private static final double NANOS_PER_SECOND = 1e9;

  @Override
  public String toString() {
    StringJoiner left = new StringJoiner(", ");
    if (tokens != JobSettings.UNLIMITED) {
      left.add(tokens(tokens));
    }
    if (moneyNanos != JobSettings.UNLIMITED) {
      left.add(dollars(moneyNanos));
    }
    left.add(String.format(Locale.ROOT, "%.1f s", time.toNanos() / NANOS_PER_SECOND));
    StringJoiner kept = new StringJoiner(", ");
    if (tokensKept > 0) {
      kept.add(tokens(tokensKept));
    }
    if (moneyKeptNanos > 0) {
      kept.add(dollars(moneyKeptNanos));
    }
    return left
        + " left"
        + (kept.length() == 0 ? "" : ", of which a last call that wraps up may use " + kept);
  }

  private static String tokens(long tokens) {
    return String.format(Locale.ROOT, "%,d tokens", tokens);
  }

  private static String dollars(long nanos) {
    return String.format(Locale.ROOT, "$%.6f", nanos / NANOS_PER_DOLLAR);
  }
}
