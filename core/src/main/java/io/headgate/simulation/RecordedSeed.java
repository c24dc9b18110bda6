package io.headgate.simulation;

import io.headgate.HeadgateSettings;
import io.headgate.engine.EngineRecorder;
import org.jspecify.annotations.Nullable;

/**
 * Flies what a seed of the swarm draws, or a host's simulation, and has it written down: whoever
 * writes journals can see whether they say everything.
 */
public final class RecordedSeed {
  private RecordedSeed() {}

  /** Makes what writes down, before anything happens. */
  @FunctionalInterface
  @SuppressWarnings("exports") // for the journal, which sees it
  public interface Begin {
    /**
     * A flight begins.
     *
     * @param engineSeed of its engine's jitter
     */
    EngineRecorder begin(HeadgateSettings settings, long engineSeed);
  }

  /**
   * How it ended.
   *
   * @param nowNs the engine's time
   * @param digest of the engine
   * @param violation of an invariant; null if there was none
   */
  public record End(long nowNs, long digest, @Nullable String violation) {}

  /** Flies it. One thread; others may fly others. */
  public static End fly(long seed, Begin begin) {
    return fly(new Flight(Scenarios.of(Options.of(seed)), seed, begin));
  }

  /** Flies a host's simulation, likewise. */
  public static End fly(Simulation simulation, Begin begin) throws InterruptedException {
    var flight = new Flight(simulation.scenario(), simulation.seed(), begin);
    return OnActor.run(() -> fly(flight));
  }

  private static End fly(Flight flight) {
    Flight.Result result = flight.fly();
    return new End(
        flight.headgate.engine.nowNs(), flight.headgate.engine.digest(), result.violation());
  }
}
