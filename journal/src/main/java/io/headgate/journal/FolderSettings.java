package io.headgate.journal;

import java.time.Duration;
import java.util.Objects;

/**
 * How a journal is written in a folder. Immutable; each method answers a copy with one change.
 *
 * @param durability what is promised of what was written
 * @param refusalsEvery how often it is written down how much was refused, 100 ms to 1 hour
 * @param eachRefusal whether each refusal is written down as well, as far as there is room: how
 *     many are left out is on record. Threads that are refused then write a word that they share
 * @param leastFreeBytes free space of the disk below which nothing is written, and nothing new is
 *     let in, 1 MiB to 1 TiB: a full disk under a mapped file ends the JVM, so it is to cover what
 *     all that write there can write in 50 ms, and Chronicle's next page of some MiB
 */
public record FolderSettings(
    Durability durability, Duration refusalsEvery, boolean eachRefusal, long leastFreeBytes) {
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final long LEAST_BYTES = 1L << 20;
  private static final long MOST_BYTES = 1L << 40;

  /** {@link Durability#ASYNC}; refusals are counted every 10 s; 256 MiB stay free. */
  public static final FolderSettings DEFAULT =
      new FolderSettings(Durability.ASYNC, Duration.ofSeconds(10), false, 256L << 20);

  /** Checks every bound. */
  public FolderSettings {
    Objects.requireNonNull(durability, "durability is null; use Durability.ASYNC");
    Objects.requireNonNull(refusalsEvery, "refusalsEvery is null; use Duration.ofSeconds(10)");
    if (refusalsEvery.compareTo(SHORTEST) < 0 || refusalsEvery.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "refusalsEvery is "
              + refusalsEvery
              + ", but must be from "
              + SHORTEST
              + " to "
              + LONGEST
              + "; use a time within");
    }
    if (leastFreeBytes < LEAST_BYTES || leastFreeBytes > MOST_BYTES) {
      throw new IllegalArgumentException(
          "leastFreeBytes is "
              + leastFreeBytes
              + ", but must be from "
              + LEAST_BYTES
              + " to "
              + MOST_BYTES
              + "; 256 MiB are the default");
    }
  }

  /** What is promised of what was written. */
  public FolderSettings durability(Durability durability) {
    return new FolderSettings(durability, refusalsEvery, eachRefusal, leastFreeBytes);
  }

  /** How often it is written down how much was refused. */
  public FolderSettings refusalsEvery(Duration refusalsEvery) {
    return new FolderSettings(durability, refusalsEvery, eachRefusal, leastFreeBytes);
  }

  /** Whether each refusal is written down as well. */
  public FolderSettings eachRefusal(boolean eachRefusal) {
    return new FolderSettings(durability, refusalsEvery, eachRefusal, leastFreeBytes);
  }

  /** How much of the disk stays free. */
  public FolderSettings leastFreeBytes(long leastFreeBytes) {
    return new FolderSettings(durability, refusalsEvery, eachRefusal, leastFreeBytes);
  }
}
