package io.headgate.journal;

import io.headgate.Journal;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * Journals in folders: {@code Headgate.builder().journal(FolderJournal.in(folder))}. Everything
 * that happens is written there by a thread of its own, some microseconds later; the host never
 * waits for the disk. If the disk cannot follow, new tasks are refused until it does.
 *
 * <p>The folder and its files are the owner's alone. One Headgate at a time writes there. What a
 * killed process had not passed to the operating system yet is lost: see {@link Durability}.
 */
public final class FolderJournal {
  private FolderJournal() {}

  /**
   * In that folder, which is made if it is missing, {@link Durability#ASYNC}. What stands there
   * already stays, and is added to. Nothing is opened before a Headgate is built with it.
   */
  public static Journal in(Path folder) {
    return in(folder, settings -> settings);
  }

  /** The same, with another durability. */
  public static Journal in(Path folder, Durability durability) {
    return in(folder, settings -> settings.durability(durability));
  }

  /** The same, with other settings: {@code settings -> settings.eachRefusal(true)}. */
  public static Journal in(Path folder, UnaryOperator<FolderSettings> change) {
    Objects.requireNonNull(folder, "folder is null; name the folder to write in");
    Objects.requireNonNull(change, "change is null; use settings -> settings for the defaults");
    return new ChronicleJournal(
        folder,
        Objects.requireNonNull(
            change.apply(FolderSettings.DEFAULT),
            "change answered null; answer the settings themselves if nothing is to change"));
  }
}
