package io.headgate.bench.growth;

/**
 * What nothing that keeps so many things can beat: reads of as many cache lines, over memory of the
 * same size, in the same random order. Each thing is a record of a few kilobytes or less in one
 * array; a touch reads some of its lines, and which thing is next depends on what was read, as an
 * atomic step waits for the one before it.
 */
final class Walk {
  private static final int LINE = 8; // longs
  // A level of a heap reads both children to tell which is the lesser.
  private static final int CHILDREN = 2;

  private final long[] memory;
  private final int records;
  private final int linesOfRecord;
  private long seen;

  /**
   * @param records how many things
   * @param linesOfRecord cache lines that each takes
   */
  Walk(int records, int linesOfRecord) {
    this.records = records;
    this.linesOfRecord = linesOfRecord;
    memory = new long[Math.multiplyExact(records * linesOfRecord, LINE)];
  }

  /** Reads so many lines of the record. */
  void touch(int record, int lines) {
    int at = (int) (record + seen) * linesOfRecord;
    long sum = 0;
    int step = Math.max(1, linesOfRecord / lines);
    for (int line = 0; line < lines; line++) {
      sum += memory[(at + line * step % linesOfRecord) * LINE];
    }
    seen += sum; // nothing but zeros, which the compiler does not know
  }

  /**
   * Goes down a heap of all records from the root to a leaf, by the bits of {@code turns}: a line
   * of both children at each level.
   */
  void descend(long turns) {
    int at = 0;
    long bits = turns;
    while (CHILDREN * at + CHILDREN < records) {
      int child = CHILDREN * at + 1 + (int) seen;
      long left = memory[child * linesOfRecord * LINE];
      long right = memory[(child + 1) * linesOfRecord * LINE];
      seen += left + right;
      at = child + (int) (bits & 1);
      bits = Long.rotateRight(bits, 1);
    }
  }

  /** So that the reads are not optimised away. */
  long seen() {
    return seen;
  }
}
