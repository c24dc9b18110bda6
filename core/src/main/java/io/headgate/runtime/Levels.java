package io.headgate.runtime;

import io.headgate.Priority;
import io.headgate.Snapshot;
import io.headgate.admission.LevelWord;

/** An admission level as users see it. */
final class Levels {
  private static final Priority[] PRIORITIES = Priority.values();

  private Levels() {}

  static Snapshot.Level of(int level) {
    if (level >= LevelWord.ALL) {
      return Snapshot.Level.ALL;
    }
    int lowest = (level - 1) / LevelWord.STEPS;
    int steps = level - lowest * LevelWord.STEPS;
    return new Snapshot.Level(PRIORITIES[lowest], (double) steps / LevelWord.STEPS);
  }
}
