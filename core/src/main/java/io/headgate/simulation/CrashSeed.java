package io.headgate.simulation;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Flies what a seed of the swarm of crashes draws, on a disk that somebody else makes. */
public final class CrashSeed {
  private CrashSeed() {}

  /**
   * What became of a seed.
   *
   * @param digest of all that happened
   * @param counts how often what came up
   * @param violation null if it passed
   */
  public record Verdict(
      long seed, long digest, Map<String, Long> counts, @Nullable String violation) {}

  /** Flies it. On a virtual thread, hand-overs are a hundred times faster. */
  @SuppressWarnings("exports") // for the journal, which makes disks
  public static Verdict fly(long seed, CrashDisk.Maker maker) {
    return new CrashFlight(seed, maker).fly();
  }
}
