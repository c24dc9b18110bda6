package io.headgate.bench;

import io.headgate.bench.ratios.RatioTable;
import java.nio.file.Path;

/**
 * Runs what the rows of the table need, interleaved, and prints the table: {@code --quick} (within
 * ten minutes) or {@code --full}; {@code --only ROW} for one row, {@code --list} for their names.
 * Writes {@code bench/target/ratios.json}. Exit code 1 if a bar is missed, 2 for a bad option.
 */
public final class Ratios {
  private Ratios() {}

  public static void main(String[] args) throws Exception {
    System.exit(RatioTable.run(args, Path.of("bench", "target"), System.out, System.err));
  }
}
