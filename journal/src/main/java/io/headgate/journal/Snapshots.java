package io.headgate.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What recovery needs, written down every so often beside the journal's files, so that it does not
 * read them all: {@code 0000000000000004711.facts} holds what is known after record 4711. The
 * newest that is whole counts, and the one before it is kept. Nothing is lost with them but time,
 * unless the files that they stand for are gone.
 *
 * <pre>
 *   a line: "headgate facts 1 ", CRC-32C of the rest in hexadecimal; then a PastImage as JSON
 * </pre>
 */
final class Snapshots {
  private static final Pattern NAME = Pattern.compile("\\d{19}\\.facts");
  private static final String FIRST = "headgate facts 1 ";
  private static final int FIRST_LINE = FIRST.length() + 8 + 1;
  private static final int KEPT = 2;
  private static final String NEW = "facts.new";

  private Snapshots() {}

  /** The newest that is whole; null if there is none. */
  static @Nullable PastImage latest(Path folder) {
    for (Path each : files(folder)) {
      PastImage image = read(each);
      if (image != null) {
        return image;
      }
    }
    return null;
  }

  /** That of the journal as it is after that record; null if there is none. */
  static @Nullable PastImage of(Path folder, long sequence) {
    return read(folder.resolve(name(sequence)));
  }

  // The newest first.
  private static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .sorted(Comparator.comparing((Path file) -> file.getFileName().toString()).reversed())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("journal " + folder + " cannot be read", e);
    }
  }

  private static @Nullable PastImage read(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length < FIRST_LINE) {
        return null;
      }
      String line = new String(bytes, 0, FIRST_LINE, StandardCharsets.US_ASCII);
      byte[] json = Arrays.copyOfRange(bytes, FIRST_LINE, bytes.length);
      return line.equals(firstLine(json)) ? PastImage.read(json) : null;
    } catch (IOException | UncheckedIOException e) {
      return null; // an older one, or the journal itself, says the same
    }
  }

  private static String firstLine(byte[] json) {
    var crc = new CRC32C();
    crc.update(json);
    return FIRST + String.format(Locale.ROOT, "%08x", crc.getValue()) + "\n";
  }

  /**
   * Adds one, whole or not at all, and deletes those that are older than the one before it. By who
   * holds the folder's lock; one at a time, since there may be two such threads.
   *
   * @throws IOException if the disk does not take it
   */
  static synchronized void write(Path folder, PastImage image) throws IOException {
    byte[] json = image.json();
    Path file = folder.resolve(name(image.sequence()));
    Folders.write(folder, NEW, firstLine(json).getBytes(StandardCharsets.US_ASCII), json);
    KillPoint.SNAPSHOT_MADE.here();
    Files.move(folder.resolve(NEW), file, StandardCopyOption.ATOMIC_MOVE);
    Folders.sync(folder); // before what it stands for is deleted
    KillPoint.SNAPSHOT_NAMED.here();
    List<Path> all = files(folder);
    for (Path each : all.subList(Math.min(KEPT, all.size()), all.size())) {
      Files.deleteIfExists(each);
    }
  }

  /** Deletes those of records after that one. By who holds the folder's lock. */
  static void forgetAfter(Path folder, long last) {
    String newest = name(last);
    for (Path each : files(folder)) {
      if (each.getFileName().toString().compareTo(newest) > 0) {
        try {
          Files.deleteIfExists(each);
        } catch (IOException e) {
          throw new UncheckedIOException(
              "journal's snapshot " + each + " is of what is not there, and cannot be deleted", e);
        }
      }
    }
  }

  private static String name(long sequence) {
    return String.format(Locale.ROOT, "%019d.facts", sequence);
  }
}
