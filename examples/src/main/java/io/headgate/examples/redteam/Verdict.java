package io.headgate.examples.redteam;

import java.util.List;
import java.util.Map;

/**
 * What came of one attack.
 *
 * @param attack its name
 * @param tries what it tried
 * @param applied whether it could be tried there
 * @param submitted tasks of attackers
 * @param admitted of these
 * @param stoppedBy how often each refusal, exception for bad input, or end other than an answer
 * @param goodput of the honest client meanwhile, of that in calm; above 1 by chance
 * @param p99Millis of the honest client meanwhile
 * @param calmP99Millis of the honest client before
 * @param toldToWait how often the honest client was refused, and came back when it was told to
 * @param liveHeapBytes after a collection, once the attackers had gone
 * @param threads of the platform's likewise
 * @param gotThrough what it reached, in words; empty if it was held
 */
public record Verdict(
    String attack,
    String tries,
    boolean applied,
    long submitted,
    long admitted,
    Map<String, Long> stoppedBy,
    double goodput,
    double p99Millis,
    double calmP99Millis,
    long toldToWait,
    long liveHeapBytes,
    int threads,
    List<String> gotThrough) {
  /** Whether it reached nothing. */
  public boolean held() {
    return gotThrough.isEmpty();
  }
}
