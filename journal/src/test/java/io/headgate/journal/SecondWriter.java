package io.headgate.journal;

import io.headgate.Headgate;
import java.nio.file.Path;

/**
 * A process that wants to write in a folder: exits with 0 if it may, and with 3 if it is refused.
 */
final class SecondWriter {
  private SecondWriter() {}

  public static void main(String[] arguments) {
    try (Headgate _ = Headgate.builder().journal(FolderJournal.in(Path.of(arguments[0]))).build()) {
      System.exit(0);
    } catch (IllegalStateException e) {
      System.out.println(e.getMessage());
      System.exit(3);
    }
  }
}
