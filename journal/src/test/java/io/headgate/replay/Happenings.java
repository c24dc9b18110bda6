package io.headgate.replay;

import io.headgate.journal.Happening;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** Made up, for tests. */
final class Happenings {
  private static final Instant START = Instant.parse("2026-11-30T02:00:00Z");

  private Happenings() {}

  static Happening at(long second, Happening.Kind kind, long task, Object... more) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (int i = 0; i < more.length; i += 2) {
      all.put((String) more[i], more[i + 1]);
    }
    return new Happening(
        1, START.plusSeconds(second), kind, "job, \"one\"", "agent", "target", task, all);
  }
}
