package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.Headgate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is damaged is noticed, and what stands before it is sound; who writes is alone. */
@Timeout(120)
class DamageTest {
  @TempDir Path folder;

  @Test
  void oneFlippedBitInAnyRecordIsNoticed() throws Exception {
    long _ = RecordedHost.run(folder, 1, 5);
    long records = Verification.of(folder).records();
    Path file = queueFile(folder);
    byte[] all = bytes(file);
    List<Integer> frames = frames(all, records);
    assertThat(frames).hasSize((int) records);
    for (int record = 1; record <= records; record += 7) {
      byte[] damaged = all.clone();
      int at = frames.get(record - 1);
      damaged[at + Frame.HEADER + record % 8] ^= (byte) (1 << record % 8);
      Files.write(file, damaged);
      Verification found = Verification.of(folder);
      assertThat(found.mismatch())
          .as("record " + record)
          .contains("is damaged after its record " + (record - 1), "checksum");
      assertThat(found.records()).isEqualTo(record - 1);
    }
    Files.write(file, all);
    assertThat(Verification.of(folder).isSound()).isTrue();
  }

  @Test
  void aRecordThatIsThereTwiceIsNoticed() throws Exception {
    long _ = RecordedHost.run(folder, 1, 5);
    Path file = queueFile(folder);
    byte[] all = bytes(file);
    List<Integer> frames = frames(all, Verification.of(folder).records());
    // The next two of the same length: the first once more in the second's place.
    for (int i = 10; i + 1 < frames.size(); i++) {
      int length = length(all, frames.get(i));
      if (length == length(all, frames.get(i + 1))) {
        System.arraycopy(all, frames.get(i), all, frames.get(i + 1), Frame.HEADER + length);
        Files.write(file, all);
        assertThat(Verification.of(folder).mismatch())
            .contains("is damaged after its record " + (i + 1), "has number " + (i + 1));
        return;
      }
    }
    throw new AssertionError("no two records of one length");
  }

  @Test
  void aLengthBeyondWhatIsLeftIsNotBelieved() throws Exception {
    long _ = RecordedHost.run(folder, 1, 2);
    Path file = queueFile(folder);
    byte[] all = bytes(file);
    for (int length : new int[] {Integer.MAX_VALUE, -1, 1 << 24}) {
      byte[] damaged = all.clone();
      int at = frames(all, Verification.of(folder).records()).get(5);
      ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN).putInt(at, length);
      Files.write(file, damaged);
      assertThat(Verification.of(folder).mismatch())
          .contains("damaged after its record 5", length + " bytes long");
      Files.write(file, all);
    }
  }

  @Test
  void twoDoNotWriteInOneFolder() {
    try (Headgate _ = Headgate.builder().journal(FolderJournal.in(folder)).build()) {
      assertThatThrownBy(() -> Headgate.builder().journal(FolderJournal.in(folder)).build())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("is written by another Headgate", folder.toString());
    }
    try (Headgate _ = Headgate.builder().journal(FolderJournal.in(folder)).build()) {
      // it is free again
    }
    assertThat(Verification.of(folder).runs()).isEqualTo(2);
    assertThat(Verification.of(folder).isSound()).isTrue();
  }

  @Test
  void aRefusedWriterLeavesTheOthersLockAlone() throws Exception {
    try (Headgate _ = Headgate.builder().journal(FolderJournal.in(folder)).build()) {
      assertThatThrownBy(() -> Headgate.builder().journal(FolderJournal.in(folder)).build())
          .isInstanceOf(IllegalStateException.class);
      // The lock is the process's, and any closed channel of its file would take it away.
      assertThat(secondJvm()).isEqualTo(3);
    }
    assertThat(secondJvm()).isZero();
  }

  private int secondJvm() throws Exception {
    return new ProcessBuilder(ChildJvm.command(SecondWriter.class, folder.toString()))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  @Test
  void aHeadgateThatCannotBeBuiltLetsTheFolderGo() throws Exception {
    Path notCounters = Files.writeString(folder.resolve("counters"), "something else");
    Path journal = folder.resolve("journal");
    assertThatThrownBy(
            () ->
                Headgate.builder()
                    .journal(FolderJournal.in(journal))
                    .countersFile(notCounters)
                    .build())
        .hasMessageContaining("counters");
    try (Headgate _ = Headgate.builder().journal(FolderJournal.in(journal)).build()) {
      // it is free
    }
  }

  @Test
  void nothingIsAddedToAJournalWithDamageFarBehindItsEnd() throws Exception {
    long _ = RecordedHost.run(folder, 1, 2);
    Path file = queueFile(folder);
    byte[] all = bytes(file);
    byte[] longer = Arrays.copyOf(all, all.length + (3 << 20));
    longer[longer.length - 5] = 1;
    Files.write(file, longer);
    assertThatThrownBy(() -> Headgate.builder().journal(FolderJournal.in(folder)).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("something follows")
        .hasMessageContaining("move the folder's files elsewhere");
  }

  @Test
  void whatAKilledWriterLeftWithoutALengthIsReadAsFarAsItIsWhole() throws Exception {
    long _ = RecordedHost.run(folder, 1, 5);
    Path file = queueFile(folder);
    byte[] all = bytes(file);
    List<Integer> every = frames(all, Verification.of(folder).records());
    // Nothing stands behind the last document with several records.
    int records = lastOfSeveral(all, every);
    List<Integer> frames = every.subList(0, records);
    Arrays.fill(all, end(all, frames.getLast()), all.length, (byte) 0);
    // Chronicle writes the bytes first: that document has them, and no length.
    int inIt = 1;
    while (end(all, frames.get(records - inIt - 1)) == frames.get(records - inIt)) {
      inIt++;
    }
    int document = frames.get(records - inIt) - Integer.BYTES;
    Arrays.fill(all, document, document + Integer.BYTES, (byte) 0);
    Files.write(file, all);
    assertThat(Verification.of(folder).records()).as("all of it").isEqualTo(records);
    assertThat(JournalReader.lastSequence(folder)).isEqualTo(records);
    assertThat(JournalReader.lastSequence(folder, true)).isEqualTo(records - inIt);
    // And a part of them: its last record is torn.
    byte[] torn = all.clone();
    Arrays.fill(torn, frames.getLast() + Frame.HEADER + 3, all.length, (byte) 0);
    Files.write(file, torn);
    assertThat(Verification.of(folder).mismatch()).isNull();
    assertThat(Verification.of(folder).records()).isEqualTo(records - 1);
    // Something whole after what is not whole is none that a writer left.
    byte[] damaged = all.clone();
    damaged[frames.get(frames.size() - 2) + Frame.HEADER] ^= 1;
    Files.write(file, damaged);
    assertThat(Verification.of(folder).mismatch()).contains("yet something follows");
    // Who comes next goes on behind it.
    Files.write(file, torn);
    long _ = RecordedHost.run(folder, 1, 2);
    Verification both = Verification.of(folder);
    assertThat(both.mismatch()).isNull();
    assertThat(both.runs()).isEqualTo(2);
    assertThat(both.records()).isGreaterThan(records);
  }

  /** It was killed before its first document was whole, beside a snapshot of those before it. */
  @Test
  void aFileThatHasNothingButTheBeginningOfItsFirstRecordIsNoDamage() throws Exception {
    long _ = RecordedHost.run(folder, 1, 5);
    long records = Verification.of(folder).records();
    long _ = RecordedHost.run(folder, 1, 2);
    Path file = queueFile(folder);
    byte[] all = bytes(file);
    int first = frames(all, records, records + 1).getFirst();
    Arrays.fill(all, first - Integer.BYTES, first, (byte) 0);
    Arrays.fill(all, first + Frame.HEADER + 3, all.length, (byte) 0);
    Files.write(file, all);
    assertThat(JournalReader.lastSequence(folder)).isEqualTo(records);
    try (var past = new PastReader(folder)) {
      assertThat(past.goOn()).isFalse();
    }
    Headgate.builder().journal(FolderJournal.in(folder)).build().close();
    assertThat(Verification.of(folder).mismatch()).isNull();
  }

  // How many records there are up to the last that stands right behind another.
  private static int lastOfSeveral(byte[] all, List<Integer> frames) {
    for (int i = frames.size() - 1; i > 0; i--) {
      if (end(all, frames.get(i - 1)) == frames.get(i)) {
        return i + 1;
      }
    }
    throw new AssertionError("each document has one record");
  }

  private static int end(byte[] all, int frame) {
    return frame + Frame.HEADER + length(all, frame);
  }

  @Test
  void aFileIsNoFolder() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThatThrownBy(() -> Headgate.builder().journal(FolderJournal.in(file)).build())
        .hasMessageContaining(file + " cannot be used; name one that this user may write in");
  }

  @Test
  void whoReadsBesideTheWriterSeesEachRecordOnceAndNoDamage() throws Exception {
    Path journal = Files.createDirectory(folder.resolve("live"));
    Thread writer = Thread.ofPlatform().start(() -> twoRuns(journal));
    long records = 0;
    while (!Files.exists(journal.resolve(FolderLock.FILE))) {
      Thread.onSpinWait();
    }
    try (JournalReader reader = JournalReader.of(journal)) {
      for (boolean last = false; !last; ) {
        last = !writer.isAlive();
        while (reader.next()) {
          assertThat(reader.sequence()).isEqualTo(++records);
        }
      }
    }
    assertThat(records).isPositive().isEqualTo(Verification.of(journal).records());
    assertThat(JournalFiles.of(journal)).hasSize(2);
  }

  private static void twoRuns(Path journal) {
    try {
      long _ = RecordedHost.run(journal, 2, 20) + RecordedHost.run(journal, 2, 20);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // What is written of it; Chronicle makes its files longer.
  private static byte[] bytes(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return in.readNBytes(1 << 20);
    }
  }

  private static Path queueFile(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".cq4")).findFirst().orElseThrow();
    }
  }

  private static int length(byte[] all, int frame) {
    return ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getInt(frame);
  }

  // By their numbers: nothing else in the file looks like them.
  private static List<Integer> frames(byte[] all, long records) {
    return frames(all, 0, records);
  }

  // Those after that number.
  private static List<Integer> frames(byte[] all, long after, long last) {
    ByteBuffer bytes = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    var crc = new java.util.zip.CRC32C();
    List<Integer> found = new ArrayList<>();
    int at = 0;
    while (after + found.size() < last) {
      int length = bytes.getInt(at);
      if (length > 0
          && length < 10_000
          && bytes.getLong(at + 8) == after + found.size() + 1
          && Frame.checksum(bytes, at, length, crc) == bytes.getInt(at + 4)) {
        found.add(at);
        at += Frame.HEADER + length;
      } else {
        at++;
      }
    }
    return found;
  }
}
