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
 * @param snapshotEvery how often what recovery needs is written beside the records, 1 s to 1 day:
 *     recovery reads what came after that
 * @param keepFor how long files of former Headgates are kept, 1 minute to 100 years; those of the
 *     present one and of the one before, and what recovery needs, always are
 * @param keepBytes how much the folder may hold before the oldest of those go, 1 MiB to 2^62
 * @param whileFailing what becomes of new work while it cannot be written
 */
public record FolderSettings(
    Durability durability,
    Duration refusalsEvery,
    boolean eachRefusal,
    long leastFreeBytes,
    Duration snapshotEvery,
    Duration keepFor,
    long keepBytes,
    WhileFailing whileFailing) {
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration FOR_EVER = Duration.ofDays(36_500);
  private static final long LEAST_BYTES = 1L << 20;
  private static final long MOST_BYTES = 1L << 40;

  /**
   * {@link Durability#ASYNC}; refusals are counted every 10 s; 256 MiB stay free; a snapshot every
   * ten minutes; nothing is ever deleted.
   */
  public static final FolderSettings DEFAULT =
      new FolderSettings(
          Durability.ASYNC,
          Duration.ofSeconds(10),
          false,
          256L << 20,
          Duration.ofMinutes(10),
          FOR_EVER,
          1L << 62,
          WhileFailing.REFUSE);

  /** Checks every bound. */
  public FolderSettings {
    Objects.requireNonNull(durability, "durability is null; use Durability.ASYNC");
    Objects.requireNonNull(whileFailing, "whileFailing is null; use WhileFailing.REFUSE");
    check("refusalsEvery", refusalsEvery, SHORTEST, LONGEST);
    check("snapshotEvery", snapshotEvery, Duration.ofSeconds(1), Duration.ofDays(1));
    check("keepFor", keepFor, Duration.ofMinutes(1), FOR_EVER);
    if (keepBytes < LEAST_BYTES || keepBytes > 1L << 62) {
      throw new IllegalArgumentException(
          "keepBytes is "
              + keepBytes
              + ", but must be from "
              + LEAST_BYTES
              + " to 2^62; use what the disk can spare");
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

  private static void check(String what, Duration value, Duration least, Duration most) {
    Objects.requireNonNull(value, what + " is null; leave it out for the default");
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          what
              + " is "
              + value
              + ", but must be from "
              + least
              + " to "
              + most
              + "; use a time within");
    }
  }

  /** What is promised of what was written. */
  public FolderSettings durability(Durability durability) {
    return new FolderSettings(
        durability,
        refusalsEvery,
        eachRefusal,
        leastFreeBytes,
        snapshotEvery,
        keepFor,
        keepBytes,
        whileFailing);
  }

  /** How often it is written down how much was refused. */
  public FolderSettings refusalsEvery(Duration refusalsEvery) {
    return new FolderSettings(
        durability,
        refusalsEvery,
        eachRefusal,
        leastFreeBytes,
        snapshotEvery,
        keepFor,
        keepBytes,
        whileFailing);
  }

  /** Whether each refusal is written down as well. */
  public FolderSettings eachRefusal(boolean eachRefusal) {
    return new FolderSettings(
        durability,
        refusalsEvery,
        eachRefusal,
        leastFreeBytes,
        snapshotEvery,
        keepFor,
        keepBytes,
        whileFailing);
  }

  /** How much of the disk stays free. */
  public FolderSettings leastFreeBytes(long leastFreeBytes) {
    return new FolderSettings(
        durability,
        refusalsEvery,
        eachRefusal,
        leastFreeBytes,
        snapshotEvery,
        keepFor,
        keepBytes,
        whileFailing);
  }

  /** How often what recovery needs is written beside the records. */
  public FolderSettings snapshotEvery(Duration snapshotEvery) {
    return new FolderSettings(
        durability,
        refusalsEvery,
        eachRefusal,
        leastFreeBytes,
        snapshotEvery,
        keepFor,
        keepBytes,
        whileFailing);
  }

  /** How long, and how much, of former Headgates is kept. */
  public FolderSettings keep(Duration keepFor, long keepBytes) {
    return new FolderSettings(
        durability,
        refusalsEvery,
        eachRefusal,
        leastFreeBytes,
        snapshotEvery,
        keepFor,
        keepBytes,
        whileFailing);
  }

  /** What becomes of new work while it cannot be written. */
  public FolderSettings whileFailing(WhileFailing whileFailing) {
    return new FolderSettings(
        durability,
        refusalsEvery,
        eachRefusal,
        leastFreeBytes,
        snapshotEvery,
        keepFor,
        keepBytes,
        whileFailing);
  }
}
