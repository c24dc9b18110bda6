package io.headgate.journal;

import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.journal.sbe.SettingsDeclaredDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deletes what former Headgates wrote, run by run, the oldest first, once it is too old or too
 * much; never what the last of them wrote, nor what the two newest snapshots do not stand for. What
 * is kept is said first, in a file of its own, so that a deletion that is cut off leaves no gap:
 * {@code headgate.kept} has the name of the first file, and the number of its first record.
 */
final class Retention {
  private static final String KEPT = "headgate.kept";

  /** What a folder's journal begins with. */
  record Beginning(String file, long record) {}

  private Retention() {}

  /** What the journal begins with; null if nothing was ever deleted. */
  static @Nullable Beginning beginning(Path folder) {
    try {
      Path kept = folder.resolve(KEPT);
      if (!Files.exists(kept)) {
        return null;
      }
      String[] words = Files.readString(kept).strip().split(" ", 2);
      return new Beginning(words[1], Long.parseLong(words[0]));
    } catch (IOException | RuntimeException e) {
      throw new IllegalStateException(
          folder.resolve(KEPT) + " does not say where the journal begins; restore it", e);
    }
  }

  /**
   * Deletes what may go. By who holds the folder's lock.
   *
   * @param covered the last record that both snapshots stand for
   * @param nowMs since 1970
   * @throws IOException if the disk does not do it
   */
  static void apply(Path folder, Duration keepFor, long keepBytes, long covered, long nowMs)
      throws IOException {
    List<Path> files = JournalFiles.of(folder);
    long bytes = 0;
    for (Path each : files) {
      bytes += Files.size(each);
    }
    Path first = null;
    long firstRecord = 0;
    List<Path> run = new ArrayList<>();
    for (Path each : files) {
      long begins = runBegins(folder, each);
      if (begins > 0 && !run.isEmpty()) {
        if (JournalFiles.isLive(each)) {
          break; // it gets another name when it is put aside
        }
        boolean goes = bytes > keepBytes || nowMs - lastMs(run) > keepFor.toMillis();
        if (!goes || begins - 1 > covered) {
          break;
        }
        for (Path gone : run) {
          bytes -= Files.size(gone);
        }
        first = each;
        firstRecord = begins;
        run.clear();
      }
      run.add(each);
    }
    if (first != null) {
      begin(folder, first, firstRecord);
      KillPoint.RETENTION_SAID.here();
    }
    for (Path each : JournalFiles.dropped(folder)) {
      Files.deleteIfExists(each);
      KillPoint.RETENTION_DELETED.here();
    }
  }

  private static void begin(Path folder, Path file, long record) throws IOException {
    String made = KEPT + ".new";
    Folders.write(
        folder,
        made,
        (record + " " + file.getFileName() + "\n").getBytes(StandardCharsets.US_ASCII));
    Files.move(
        folder.resolve(made),
        folder.resolve(KEPT),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    Folders.sync(folder);
  }

  private static long lastMs(List<Path> files) throws IOException {
    return Files.getLastModifiedTime(files.getLast()).toMillis();
  }

  // The number of the file's first record, if a run begins with it; else 0.
  private static long runBegins(Path folder, Path file) {
    try (JournalReader reader = JournalReader.ofFile(folder, file)) {
      if (!reader.next()) {
        return 0;
      }
      var header = new MessageHeaderDecoder();
      header.wrap(reader.buffer(), reader.offset());
      if (header.templateId() != SettingsDeclaredDecoder.TEMPLATE_ID) {
        return 0;
      }
      var settings = new SettingsDeclaredDecoder();
      settings.wrapAndApplyHeader(reader.buffer(), reader.offset(), header);
      return settings.number() == 1 ? reader.sequence() : 0;
    }
  }
}
