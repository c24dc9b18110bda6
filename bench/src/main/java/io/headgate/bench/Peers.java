package io.headgate.bench;

import io.headgate.bench.ratios.PeerChart;
import java.nio.file.Path;

/**
 * Measures what admission and refusal cost, ours and the peers', and draws them: {@code
 * bench/target/peers.json} and, from it, {@code bench/target/admit-refuse.svg}. Takes {@code
 * --quick} or {@code --full}.
 */
public final class Peers {
  private Peers() {}

  public static void main(String[] args) throws Exception {
    System.exit(PeerChart.run(args, Path.of("bench", "target"), System.out, System.err));
  }
}
