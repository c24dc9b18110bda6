package io.headgate.journal;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Who writes in a folder: the one who holds the operating system's lock on a file in it. That ends
 * with its process, however that ends; a process's number would tell nothing, being 1 in every
 * container.
 */
final class FolderLock implements AutoCloseable {
  static final String FILE = "headgate.lock";

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * @throws IllegalStateException if somebody writes there already
   * @throws UncheckedIOException if the file cannot be made or locked
   */
  @SuppressWarnings("resource") // closed with the lock
  static FolderLock take(Path folder) {
    Path file = folder.resolve(FILE);
    FileChannel channel;
    try {
      channel = FileChannel.open(file, Folders.owned(CREATE, WRITE), Folders.ownersFile(folder));
    } catch (IOException e) {
      throw new UncheckedIOException("journal's lock " + file + " cannot be opened", e);
    }
    FileLock lock = tryLock(channel, file);
    if (lock == null) {
      close(channel);
      throw new IllegalStateException(
          "journal "
              + folder
              + " is written by another Headgate, which holds "
              + file
              + "; close that one, or use another folder");
    }
    return new FolderLock(channel);
  }

  private static @Nullable FileLock tryLock(FileChannel channel, Path file) {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // in this very process
    } catch (IOException e) {
      close(channel);
      throw new UncheckedIOException("journal's lock " + file + " cannot be locked", e);
    }
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException _) {
      // nothing was written to it
    }
  }

  @Override
  public void close() {
    close(channel);
  }
}
