package io.headgate.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

  /**
   * Writes a file that is on the disk when this returns, but for its name.
   *
   * @throws IOException if the disk does not take it
   */
  static void write(Path folder, String name, byte[]... parts) throws IOException {
    Path file = folder.resolve(name);
    Files.deleteIfExists(file);
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            ownersFile(folder))) {
      for (byte[] part : parts) {
        ByteBuffer bytes = ByteBuffer.wrap(part);
        while (bytes.hasRemaining()) {
          int _ = channel.write(bytes);
        }
      }
      channel.force(true);
    }
  }

  /** The folder itself, for who waits until its names are on the disk; null if it has no such. */
  static @Nullable FileChannel names(Path folder) {
    try {
      return FileChannel.open(folder, StandardOpenOption.READ);
    } catch (IOException _) {
      return null; // a system that cannot open a folder does that by itself
    }
  }

  /**
   * The names of its files are on the disk when this returns.
   *
   * @throws IOException if the disk does not take them
   */
  static void sync(Path folder) throws IOException {
    try (FileChannel names = names(folder)) {
      if (names != null) {
        names.force(true);
      }
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
