package io.headgate.runtime;

import io.headgate.HeadgateListener;
import io.headgate.Refusal;
import io.headgate.Snapshot;
import io.headgate.admission.Gates;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the figures that the engine has no need of: durations, rates, counts of outcomes. On the
 * dispatcher's thread; allocates when an agent or target is first seen and after a snapshot, else
 * nothing.
 *
 * <p>Memory, at most: 100 KiB for all together, for each target and for each of the busiest 64
 * agents; half of it when nothing takes longer than a quarter of a minute; 350 bytes for each
 * further agent.
 */
final class Measures implements Observer {
  private static final long HALF_NS = 10_000_000_000L;
  private static final Ending[] ENDINGS = Ending.values();

  private record TargetDurations(TargetGate gate, FineDurations durations) {}

  private final Gates gates;
  private final RuntimeClock clock;
  private final FineDurations all = new FineDurations();
  private final AgentDurations agents = new AgentDurations();
  private @Nullable TargetDurations[] targets = new TargetDurations[8];
  private final RateWindow arrivals = new RateWindow();
  private final RateWindow starts = new RateWindow();
  private final RateWindow ends = new RateWindow();
  private final long[] endings = new long[ENDINGS.length];
  private long admitted;
  private long started;
  private long ended;
  private long overspentTokens;
  private long half;
  private long nextHalfNs = HALF_NS;

  Measures(
      Gates gates,
      RuntimeClock clock,
      ErrorLog errors,
      @Nullable HeadgateListener listener,
      @Nullable Path countersFile) {
    this.gates = gates;
    this.clock = clock;
  }

  // ---- what happens

  @Override
  public void admitted(Reservation task, long nowNs) {
    admitted++;
  }

  @Override
  public void started(Reservation task, long nowNs) {
    turnHalf(nowNs);
    started++;
    record(task, DurationSink.WAIT, nowNs - task.admittedNs());
  }

  @Override
  public void ended(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {
    turnHalf(nowNs);
    endings[ending.ordinal()]++;
    record(task, DurationSink.TOTAL, nowNs - task.admittedNs());
  }

  @Override
  public void attemptOver(Reservation task, long ranNs) {
    ended++;
    // Zero says that the call was not even begun.
    if (ranNs > 0) {
      record(task, DurationSink.RUN, ranNs);
    }
  }

  private void record(Reservation task, int kind, long ns) {
    all.record(kind, ns, 1, half);
    agents.record(task.agentGate(), kind, ns, half);
    durationsOf(task.targetGate()).record(kind, ns, 1, half);
  }

  // A place is reused after its target was evicted: who is there now is told by identity.
  private FineDurations durationsOf(TargetGate gate) {
    int index = gate.index();
    if (index >= targets.length) {
      targets = Arrays.copyOf(targets, Math.max(index + 1, targets.length * 2));
    }
    TargetDurations target = targets[index];
    if (target == null || target.gate != gate) {
      target = new TargetDurations(gate, new FineDurations());
      targets[index] = target;
    }
    return target.durations;
  }

  @Override
  public void overrun(Reservation task, int overrunsOfTarget) {}

  @Override
  public void targetGate(TargetGate target, boolean open, Refusal reason) {}

  @Override
  public void jobOpened(LiveJob job) {}

  @Override
  public void jobRetired(LiveJob job) {
    // What a sub-job overspent, its parent was charged; so the root's figure is that of them all.
    if (job.parent() == null) {
      overspentTokens += job.overspentTokens();
    }
  }

  // ---- time

  private void turnHalf(long nowNs) {
    if (nowNs >= nextHalfNs) {
      half = nowNs / HALF_NS;
      nextHalfNs = (half + 1) * HALF_NS;
      arrivals.mark(arrived(), nowNs);
      starts.mark(started, nowNs);
      ends.mark(ended, nowNs);
    }
  }

  private long arrived() {
    return admitted + gates.refusals().total();
  }

  @Override
  public void turn(Engine engine, long nowNs) {
    turnHalf(nowNs);
  }

  @Override
  public void close() {}

  // ---- to see

  @Override
  public Supplier<Snapshot> picture(Engine engine) {
    long nowNs = engine.nowNs();
    turnHalf(nowNs);
    Picture picture = new Picture(gates, engine, clock.instant(nowNs), all.lend(half));
    engine.forEachAgent((gate, ledger) -> picture.agent(gate, ledger, agents.lend(gate, half)));
    engine.forEachTarget((gate, ledger) -> picture.target(gate, ledger, lend(gate)));
    picture.arrivalsPerSecond = arrivals.perSecond(arrived(), nowNs);
    picture.startsPerSecond = starts.perSecond(started, nowNs);
    picture.endsPerSecond = ends.perSecond(ended, nowNs);
    picture.overspentTokens = overspentTokens;
    picture.admitted = admitted;
    picture.outcomes = outcomes();
    return picture;
  }

  private DurationSink.Lent lend(TargetGate gate) {
    TargetDurations target = gate.index() < targets.length ? targets[gate.index()] : null;
    return target == null || target.gate != gate
        ? DurationSink.NOTHING
        : target.durations.lend(half);
  }

  private Map<String, Long> outcomes() {
    Map<String, Long> outcomes = new LinkedHashMap<>();
    for (Ending ending : ENDINGS) {
      outcomes.merge(OutcomeNames.of(ending), endings[ending.ordinal()], Long::sum);
    }
    outcomes.values().removeIf(count -> count == 0);
    return Collections.unmodifiableMap(outcomes);
  }
}
