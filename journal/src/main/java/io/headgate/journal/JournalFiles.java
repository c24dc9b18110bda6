package io.headgate.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A journal's files in their order: those of former writers, {@code 000001-20261130-02F.past} and
 * so on, and then those to which Chronicle may still append, {@code 20261130-02F.cq4}.
 */
final class JournalFiles {
  private static final String LIVE = ".cq4";
  private static final String PAST = ".past";
  private static final Pattern NAME =
      Pattern.compile("\\d{8}-\\d{2}F\\.cq4|\\d{6}-\\d{8}-\\d{2}F\\.past");
  private static final String CHRONICLES = "metadata.cq4t";

  private JournalFiles() {}

  /**
   * All of them, the oldest first.
   *
   * @throws IllegalArgumentException that names one that is none of a journal's
   */
  static List<Path> of(Path folder) {
    Retention.Beginning beginning = Retention.beginning(folder);
    List<Path> all = all(folder);
    return beginning == null
        ? all
        : all.stream().filter(file -> isLive(file) || !isBefore(file, beginning)).toList();
  }

  /**
   * Which of all that there ever were a file is, 1 for the first: it keeps that when it is put
   * aside, and when others before it are deleted.
   *
   * @param files {@link #of} the folder
   */
  static int number(List<Path> files, int index) {
    int behind = 0;
    while (index - behind >= 0 && isLive(files.get(index - behind))) {
      behind++;
    }
    return behind + (index < behind ? 0 : pastNumber(files.get(index - behind)));
  }

  private static int pastNumber(Path past) {
    return Integer.parseInt(name(past), 0, 6, 10);
  }

  /** Those that are to be deleted. */
  static List<Path> dropped(Path folder) {
    Retention.Beginning beginning = Retention.beginning(folder);
    return beginning == null
        ? List.of()
        : all(folder).stream().filter(file -> !isLive(file) && isBefore(file, beginning)).toList();
  }

  private static boolean isBefore(Path file, Retention.Beginning beginning) {
    return name(file).compareTo(beginning.file()) < 0;
  }

  private static List<Path> all(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> isLive(file) || file.toString().endsWith(PAST))
          .peek(JournalFiles::checkName)
          .sorted(Comparator.comparing(JournalFiles::isLive).thenComparing(JournalFiles::name))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("journal " + folder + " cannot be read", e);
    }
  }

  private static void checkName(Path file) {
    if (!NAME.matcher(name(file)).matches()) {
      throw new IllegalArgumentException(
          file + " is none of the journal's files, whatever it is; move it elsewhere");
    }
  }

  /**
   * Gives former writers' files names that Chronicle does not know. So it never opens what a
   * process left that was killed, on which it may wait for many seconds, or fault. By who holds the
   * folder's lock.
   */
  static void putAside(Path folder) {
    List<Path> files = of(folder);
    int number = 0;
    for (Path file : files) {
      if (isLive(file)) {
        String day = name(file).replace(LIVE, "");
        KillPoint.PUT_ASIDE.here();
        move(file, folder.resolve(String.format(Locale.ROOT, "%06d-%s", ++number, day) + PAST));
      } else {
        number = pastNumber(file);
      }
    }
    KillPoint.ALL_PUT_ASIDE.here();
    try {
      boolean _ = Files.deleteIfExists(folder.resolve(CHRONICLES));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "journal's file " + folder.resolve(CHRONICLES) + " cannot be deleted", e);
    }
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException("journal's file " + from + " cannot become " + to, e);
    }
  }

  /** Whether Chronicle may still append to it. */
  static boolean isLive(Path file) {
    return file.toString().endsWith(LIVE);
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }
}
