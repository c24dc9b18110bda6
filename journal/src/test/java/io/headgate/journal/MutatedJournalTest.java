package io.headgate.journal;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * However a journal of three runs is mutated: what is read is a prefix of what was written, at
 * least all up to the document that was touched first; and then it says what is wrong, and where,
 * or nothing was there any more.
 */
@Timeout(1_800)
class MutatedJournalTest {
  private static final int MUTANTS = Integer.getInteger("headgate.mutated.journals", 400);
  private static final long FIRST = Long.getLong("headgate.mutated.first", 1);
  private static final int ZEROS = 4_096;
  private static final long MOST_CPU_NS = 2_000_000_000L;

  @TempDir static Path folder;

  /** The journal's files by their names, the zeros at their ends cut short. */
  private static final Map<String, byte[]> FILES = new TreeMap<>();

  /** The records of them all. */
  private static final List<byte[]> RECORDS = new ArrayList<>();

  /** Where documents begin, by file, and the number of the record before. */
  private static final Map<String, TreeMap<Integer, Long>> DOCUMENTS = new TreeMap<>();

  @BeforeAll
  static void threeRuns() throws Exception {
    Path sound = threeRuns("sound");
    if (JournalFiles.of(sound).size() > 3) {
      sound = threeRuns("again"); // an hour has ended just then
    }
    for (Path file : JournalFiles.of(sound)) {
      byte[] all = Files.readAllBytes(file);
      int end = all.length;
      while (all[end - 1] == 0) {
        end--;
      }
      FILES.put(file.getFileName().toString(), Arrays.copyOf(all, (end + ZEROS) & ~3));
    }
    assertThat(FILES).hasSize(3);
    FILES.put("metadata.cq4t", new byte[1_000]);
    FILES.put(FolderLock.FILE, new byte[0]);
    Read read = read(write(FILES), RECORDS);
    assertThat(read.complaint).isNull();
    Verification found = Verification.of(folder.resolve("mutant"));
    assertThat(found.mismatch()).isNull();
    assertThat(found.runs()).isEqualTo(3);
    assertThat(found.records()).isEqualTo(RECORDS.size()).isGreaterThan(300);
    documents();
  }

  private static Path threeRuns(String name) throws InterruptedException {
    Path sound = folder.resolve(name);
    for (int run = 0; run < 3; run++) {
      long _ = RecordedHost.run(sound, 1, 4);
    }
    return sound;
  }

  private static void documents() {
    FILES.forEach(
        (name, all) -> {
          if (name.endsWith("past") || name.endsWith("cq4")) {
            TreeMap<Integer, Long> documents = new TreeMap<>();
            ByteBuffer bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
            int at = 0;
            for (int word = bytes.getInt(at); word != 0; word = bytes.getInt(at)) {
              if (word < 1 << 30) {
                documents.put(at, bytes.getLong(at + 4 + 8) - 1);
              }
              at = (at + 4 + (word & 0x3fffffff) + 3) & ~3;
            }
            DOCUMENTS.put(name, documents);
          }
        });
  }

  private record Read(long records, @Nullable RuntimeException complaint) {}

  private static Read read(Path journal, List<byte[]> into) {
    long records = 0;
    try (JournalReader reader = JournalReader.of(journal)) {
      while (reader.next()) {
        byte[] record = new byte[reader.length()];
        reader.buffer().getBytes(reader.offset(), record);
        into.add(record);
        assertThat(reader.sequence()).isEqualTo(++records);
      }
    } catch (JournalDamagedException | IllegalArgumentException e) {
      return new Read(records, e);
    }
    return new Read(records, null);
  }

  private static Path write(Map<String, byte[]> files) throws IOException {
    Path mutant = Files.createDirectories(folder.resolve("mutant"));
    try (var old = Files.list(mutant)) {
      for (Path file : old.toList()) {
        Files.delete(file);
      }
    }
    for (var file : files.entrySet()) {
      Files.write(mutant.resolve(file.getKey()), file.getValue());
    }
    return mutant;
  }

  /** What was done, and how much of the journal it has to leave. */
  private static final class Mutation {
    final SplittableRandom random;
    final Map<String, byte[]> files = new TreeMap<>(FILES);
    final List<String> done = new ArrayList<>();
    long sound = RECORDS.size();

    Mutation(long seed) {
      random = new SplittableRandom(seed);
      int steps = 1 + random.nextInt(8) / 6;
      for (int i = 0; i < steps; i++) {
        mutate();
      }
    }

    private void mutate() {
      List<String> names = List.copyOf(DOCUMENTS.keySet());
      String name = names.get(random.nextInt(names.size()));
      byte[] file = files.getOrDefault(name, new byte[0]).clone();
      int kind = random.nextInt(13);
      done.add(kind + " " + name);
      if (kind >= 8 || file.length < 8) {
        mutateFiles(kind, name, names);
        return;
      }
      int at = place(name, file);
      int length = Math.min(1 + random.nextInt(1 << random.nextInt(16)), file.length - at);
      int other = Math.min(place(name, file), file.length - length);
      switch (kind) {
        case 0 -> file = Arrays.copyOf(file, at);
        case 1 -> Arrays.fill(file, at, at + length, (byte) 0);
        case 2, 3 -> file[at] ^= (byte) (1 << random.nextInt(8));
        case 4 -> System.arraycopy(file.clone(), at, file, other, length);
        case 5 -> {
          byte[] before = file.clone();
          System.arraycopy(before, at, file, other, length);
          System.arraycopy(before, other, file, at, length);
        }
        case 6 -> { // once more, and what follows moves on
          byte[] longer = new byte[file.length + length];
          System.arraycopy(file, 0, longer, 0, at + length);
          System.arraycopy(file, at, longer, at + length, file.length - at);
          file = longer;
        }
        default -> {
          byte[] noise = new byte[length];
          random.nextBytes(noise);
          System.arraycopy(noise, 0, file, at, length);
        }
      }
      replace(name, file);
    }

    private void mutateFiles(int kind, String name, List<String> names) {
      String other = names.get(random.nextInt(names.size()));
      switch (kind) {
        case 8 -> {
          files.remove(name);
          touched(name, 0);
        }
        case 9 -> {
          byte[] one = files.getOrDefault(name, new byte[0]);
          replace(name, files.getOrDefault(other, new byte[0]));
          replace(other, one);
        }
        case 10 -> { // somebody else's
          files.put(random.nextBoolean() ? "mine.cq4" : "20261130-02F.cq4.past", new byte[100]);
          sound = 0;
        }
        case 11 -> {
          byte[] text =
              "Dear diary, ".repeat(1 + random.nextInt(9)).getBytes(StandardCharsets.UTF_8);
          replace(name, random.nextBoolean() ? text : new byte[0]);
        }
        default -> {
          byte[] noise = new byte[random.nextInt(5_000)];
          random.nextBytes(noise);
          files.put("metadata.cq4t", noise);
        }
      }
    }

    // As a rule at a document's beginning, or just behind it.
    private int place(String name, byte[] file) {
      int at = random.nextInt(file.length);
      if (random.nextInt(4) != 0) {
        List<Integer> starts = List.copyOf(DOCUMENTS.get(name).keySet());
        at = starts.get(random.nextInt(starts.size())) + random.nextInt(40);
      }
      if (random.nextInt(8) == 0) {
        at = random.nextInt(300); // Chronicle's own
      }
      return Math.min(at, file.length - 1);
    }

    private void replace(String name, byte[] with) {
      byte[] before = files.put(name, with);
      int differs = Arrays.mismatch(before == null ? new byte[0] : before, with);
      if (differs >= 0) {
        touched(name, differs);
      }
    }

    // All that stands in documents before that one has to be read.
    private void touched(String name, int at) {
      var last = DOCUMENTS.get(name).floorEntry(at);
      sound =
          Math.min(
              sound, last == null ? DOCUMENTS.get(name).firstEntry().getValue() : last.getValue());
    }
  }

  @Test
  void eachIsReadUpToWhereItIsDamagedAndSaysSo() throws IOException {
    var cpu = ManagementFactory.getThreadMXBean();
    long complaints = 0;
    long written = 0;
    for (long seed = FIRST; seed < FIRST + MUTANTS; seed++) {
      var mutation = new Mutation(seed);
      String what = "seed " + seed + ": " + mutation.done;
      Path mutant = write(mutation.files);
      long began = cpu.getCurrentThreadCpuTime();
      List<byte[]> records = new ArrayList<>();
      Read read = read(mutant, records);
      assertThat(cpu.getCurrentThreadCpuTime() - began).as(what).isLessThan(MOST_CPU_NS);
      for (int i = 0; i < records.size(); i++) {
        assertThat(records.get(i)).as("%s, record %d", what, i + 1).isEqualTo(RECORDS.get(i));
      }
      assertThat(read.records)
          .as(what + ", " + read.complaint)
          .isGreaterThanOrEqualTo(mutation.sound);
      if (read.complaint == null) {
        assertThat(isThere(mutation.files, read.records)).as(what).isFalse();
      } else {
        complaints++;
        assertThat(read.complaint)
            .as(what)
            .message()
            .containsPattern(
                "is damaged after its record "
                    + read.records
                    + ", in the document at byte \\d+ of \\S+(past|cq4): .*left out"
                    + "|none of the journal's files, whatever it is; move it elsewhere");
      }
      if (seed % 10 == 0) {
        verify(mutant, read, what);
        written += append(mutant, read, what) ? 1 : 0;
      }
    }
    assertThat(complaints).isBetween(MUTANTS / 3L, MUTANTS - 1L);
    assertThat(written).isPositive();
  }

  /** Whether any record after that one stands in one of the files. */
  private static boolean isThere(Map<String, byte[]> files, long after) {
    String all = files.values().stream().map(MutatedJournalTest::text).collect(joining());
    for (int i = (int) after; i < RECORDS.size(); i++) {
      byte[] record = RECORDS.get(i);
      ByteBuffer numbered =
          ByteBuffer.allocate(Long.BYTES + record.length).order(ByteOrder.LITTLE_ENDIAN);
      if (all.contains(text(numbered.putLong(i + 1).put(record).array()))) {
        return true;
      }
    }
    return false;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static void verify(Path mutant, Read read, String what) {
    if (read.complaint instanceof IllegalArgumentException) {
      return;
    }
    Verification found = Verification.of(mutant);
    assertThat(found.records()).as(what).isEqualTo(read.records);
    assertThat(found.mismatch())
        .as(what)
        .isEqualTo(read.complaint == null ? null : read.complaint.getMessage());
  }

  /** Chronicle is given no file that somebody else wrote. */
  private static boolean append(Path mutant, Read read, String what) {
    long last;
    try {
      last = JournalReader.lastSequence(mutant);
    } catch (IllegalStateException e) {
      assertThat(e).as(what).hasMessageContaining("move the folder's files elsewhere");
      return false;
    } catch (IllegalArgumentException e) {
      assertThat(e).as(what).hasMessageContaining("move it elsewhere");
      return false;
    }
    try (var file = new RecordFile(mutant, last, false)) {
      file.add(new UnsafeBuffer(new byte[] {1, 2, 3}), 0, 3);
      file.append();
    }
    Read again = read(mutant, new ArrayList<>());
    boolean wasWhole = read.complaint == null && last == read.records;
    assertThat(again.records).as(what).isEqualTo(read.records + (wasWhole ? 1 : 0));
    return true;
  }
}
