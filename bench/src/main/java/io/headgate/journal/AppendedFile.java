package io.headgate.journal;

import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/** A journal's file for benchmarks: records of one length, so many in a document. One thread. */
public final class AppendedFile implements AutoCloseable {
  private final RecordFile file;
  private final UnsafeBuffer record;
  private final int records;

  /** In this folder. */
  public AppendedFile(Path folder, int recordBytes, int records) {
    file = new RecordFile(folder, 0, false);
    record = new UnsafeBuffer(new byte[recordBytes]);
    this.records = records;
  }

  /** How many bytes a document of so many records has. */
  public static int bytes(int recordBytes, int records) {
    return records * (Frame.HEADER + recordBytes);
  }

  /** Frames the records of a document, each with its number and checksum, and appends it. */
  public void append() {
    for (int i = 0; i < records; i++) {
      file.add(record, 0, record.capacity());
    }
    file.append();
  }

  @Override
  public void close() {
    file.close();
  }
}
