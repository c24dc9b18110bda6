package io.headgate.journal;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who writes in a folder: the one who holds the operating system's lock on a file in it. That ends
 * with its process, however that ends; a process's number would tell nothing, being 1 in every
 * container.
 */
final class FolderLock implements AutoCloseable {
  static final String FILE = "headgate.lock";

  // Of this process: closing any channel of the file would take the lock of the other one away.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final FileChannel channel;
  private final Path held;

  private FolderLock(FileChannel channel, Path held) {
    this.channel = channel;
    this.held = held;
  }

  /**
   * @throws IllegalStateException if somebody writes there already
   * @throws UncheckedIOException if the file cannot be made or locked
   */
  @SuppressWarnings("resource") // closed with the lock
  static FolderLock take(Path folder) {
    Path file = folder.resolve(FILE);
    Path held = Folders.real(folder);
    if (!HELD.add(held)) {
      throw taken(folder, file);
    }
    try {
      return new FolderLock(locked(folder, file), held);
    } catch (RuntimeException e) {
      HELD.remove(held);
      throw e;
    }
  }

  private static FileChannel locked(Path folder, Path file) {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, Set.of(CREATE, WRITE), Folders.ownersFile(folder));
    } catch (IOException e) {
      throw new UncheckedIOException("journal's lock " + file + " cannot be opened", e);
    }
    FileLock lock = tryLock(channel, file);
    if (lock == null) {
      close(channel);
      throw taken(folder, file);
    }
    return channel;
  }

  private static IllegalStateException taken(Path folder, Path file) {
    return new IllegalStateException(
        "journal "
            + folder
            + " is written by another Headgate, which holds "
            + file
            + "; close that one, or use another folder");
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
    HELD.remove(held);
  }
}
