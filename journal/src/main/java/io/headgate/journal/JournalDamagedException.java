package io.headgate.journal;

import java.nio.file.Path;

/** A journal is not what was written. What stands before that place is sound. */
public final class JournalDamagedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long lastSound;

  JournalDamagedException(Path folder, long lastSound, long index, String what) {
    super(
        "journal "
            + folder
            + " is damaged after its record "
            + lastSound
            + ", in the document at index "
            + Long.toHexString(index)
            + ": "
            + what);
    this.lastSound = lastSound;
  }

  /** The number of the last record that is sound; 0 if none is. */
  public long lastSound() {
    return lastSound;
  }
}
