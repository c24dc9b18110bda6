package io.headgate.journal;

import java.nio.file.Path;

/** A journal is not what was written. What stands before that place is sound. */
public final class JournalDamagedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long lastSound;

  JournalDamagedException(Path file, long lastSound, long position, String what) {
    super(
        "journal "
            + file.getParent()
            + " is damaged after its record "
            + lastSound
            + ", in the document at byte "
            + position
            + " of "
            + file.getFileName()
            + ": "
            + what
            + "; what stands from there on is left out");
    this.lastSound = lastSound;
  }

  /** The number of the last record that is sound; 0 if none is. */
  public long lastSound() {
    return lastSound;
  }
}
