package io.headgate.journal;

import io.headgate.simulation.RecordedSeed;
import io.headgate.simulation.Simulation;
import java.nio.file.Path;
import java.time.Instant;

/** A simulated night, written down as a live one is, but for its refusals. */
public final class RecordedNight {
  private static final long EPOCH_NS = 1_000_000_000L * 1_796_000_000L;

  private RecordedNight() {}

  /** Flies it, and leaves its journal in that folder. */
  public static void fly(Simulation simulation, Path folder) throws InterruptedException {
    Folders.prepare(folder);
    try (FolderLock _ = FolderLock.take(folder);
        var file =
            new RecordFile(
                folder, 0, false, () -> Instant.EPOCH.plusNanos(EPOCH_NS).toEpochMilli())) {
      var encoder =
          new RecordEncoder(
              (record, length) -> {
                file.add(record, 0, length);
              });
      RecordedSeed.End end =
          RecordedSeed.fly(
              simulation,
              (settings, seed) -> {
                encoder.runStarted(0, EPOCH_NS, seed, settings, "test");
                return encoder;
              });
      if (end.violation() != null) {
        throw new IllegalStateException(end.violation());
      }
      file.append();
    }
  }
}
