package io.headgate.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** A journal's folder, which is its owner's alone. */
final class Folders {
  private Folders() {}

  /**
   * Makes the folder if it is missing; takes from others what they may do there, where the file
   * system knows of that.
   *
   * @throws UncheckedIOException if it cannot be made, or is no folder
   */
  static void prepare(Path folder) {
    try {
      if (Files.exists(folder) && !Files.isDirectory(folder)) {
        throw new NotDirectoryException(folder.toString());
      }
      Files.createDirectories(folder);
      if (isPosix(folder)) {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "journal's folder " + folder + " cannot be used; name one that this user may write in",
          e);
    }
  }

  /** Which folder it is, by whatever name. */
  static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException("journal's folder " + folder + " cannot be used", e);
    }
  }

  static FileAttribute<?>[] ownersFile(Path folder) {
    return isPosix(folder)
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path folder) {
    return folder.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
