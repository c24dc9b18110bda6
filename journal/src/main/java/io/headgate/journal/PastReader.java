package io.headgate.journal;

import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.recovery.Past;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a journal's past out of its folder: the newest snapshot, and the records after it. May go
 * on reading while somebody writes. One thread.
 */
final class PastReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PastReader.class);

  private static final int SOME = 1_024;

  private final Path folder;
  private final MessageHeaderDecoder header = new MessageHeaderDecoder();
  private PastFold fold;
  private final JournalReader reader;
  private long written;

  /** From the newest snapshot on, or from the first record. */
  PastReader(Path folder) {
    this.folder = folder;
    PastImage image = Snapshots.latest(folder);
    fold = image == null ? new PastFold() : PastFold.of(image);
    written = image == null ? 0 : image.sequence();
    reader = JournalReader.after(folder, written);
  }

  /**
   * All that stands there; leaves a snapshot of it.
   *
   * @param last the number of the last record
   * @throws IllegalStateException if it is damaged, and how to go on
   */
  static Past read(Path folder, long last) {
    PastFold fold = fold(folder, last);
    Past past = fold.past(); // the last run is over for good
    PastImage newest = Snapshots.latest(folder);
    if (newest == null || newest.sequence() < last) {
      boolean _ = leave(folder, fold.image(last));
    }
    return past;
  }

  private static boolean leave(Path folder, PastImage image) {
    try {
      Snapshots.write(folder, image);
      return true;
    } catch (IOException e) { // the journal itself says the same
      LOG.warn("journal {} has no new snapshot: {}", folder, e.toString());
      return false;
    }
  }

  /**
   * All that stands there, before it is said what that means. Snapshots of records that are not
   * there, since a machine lost its power before the disk had them, are deleted: other records will
   * have their numbers.
   *
   * @param last the number of the last record
   * @throws IllegalStateException if it is damaged, and how to go on
   */
  static PastFold fold(Path folder, long last) {
    Snapshots.forgetAfter(folder, last);
    try (var past = new PastReader(folder)) {
      while (past.goOn()) {
        // to the end
      }
      return past.fold;
    } catch (JournalDamagedException e) {
      throw JournalReader.notWritable(e);
    }
  }

  /**
   * Reads some of what has come.
   *
   * @return whether there may be more
   */
  boolean goOn() {
    for (int i = 0; i < SOME; i++) {
      if (!readOne()) {
        return false;
      }
    }
    return true;
  }

  private boolean readOne() {
    if (!reader.next()) {
      return false;
    }
    if (Gap.is(header, reader.buffer(), reader.offset())) {
      fold = afterGap();
    } else {
      fold.apply(reader.buffer(), reader.offset());
    }
    return true;
  }

  /** Reads on to that record, which is there. */
  void goOnTo(long record) {
    while (reader.sequence() < record && readOne()) {
      // on
    }
  }

  private PastFold afterGap() {
    PastImage image = Snapshots.of(folder, reader.sequence());
    if (image == null) {
      throw new IllegalStateException(
          "journal "
              + folder
              + " has a gap at record "
              + reader.sequence()
              + ", and its snapshot, which says what happened meanwhile, is not there or damaged:"
              + " bring that back, or move the folder's files elsewhere and begin anew");
    }
    return PastFold.of(image);
  }

  /** Writes down what was read, if that is more than what the last snapshot says. */
  void leaveSnapshot() {
    if (reader.sequence() <= written || !fold.isWhole()) {
      return;
    }
    if (leave(folder, fold.image(reader.sequence()))) {
      written = reader.sequence();
    }
  }

  /** The number of the last record that is in a snapshot. */
  long written() {
    return written;
  }

  @Override
  public void close() {
    reader.close();
  }
}
