package io.headgate.runtime;

import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.Counters;
import io.headgate.DegradationPolicy;
import io.headgate.HeadgateListener;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.OperatorWord;
import io.headgate.Outcome;
import io.headgate.ParkPolicy;
import io.headgate.ParkReason;
import io.headgate.Refusal;
import io.headgate.Snapshot;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.engine.BreakerState;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.engine.Ledger;
import io.headgate.engine.Unparked;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
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
  private static final long PUBLISH_NS = 10_000_000L;
  private static final Ending[] ENDINGS = Ending.values();

  private record TargetDurations(TargetGate gate, FineDurations durations) {}

  private final Gates gates;
  private final RuntimeClock clock;
  private final ErrorLog errors;
  private final CounterTable counters;
  private final @Nullable EventDelivery delivery;
  private final FineDurations all = new FineDurations();
  private final AgentDurations agents = new AgentDurations();
  private @Nullable TargetDurations[] targets = new TargetDurations[8];
  private final RateWindow arrivals = new RateWindow();
  private final RateWindow starts = new RateWindow();
  private final RateWindow ends = new RateWindow();
  private final long[] endings = new long[ENDINGS.length];
  private long admitted;
  private long started;
  private long retries;
  private long hedges;
  private long hedgesWon;
  private long breakersOpened;
  private long parked;
  private final RefusalNews refusals = new RefusalNews();
  private final RungChanges rungs = new RungChanges();
  private final OperatorCounts operators = new OperatorCounts();
  private long pauses;
  private long limitsChanged;
  private long jobsReconfigured;
  private long jobsLoopedOut;
  private long burnAlerts;
  private long alerts;
  private long usageAlerts;
  private long limitsLearned;
  private long limitsMoved;
  private long estimatesLearned;
  private long wrappedUp;
  private long levelsLowered;
  private long ended;
  private long overspentTokens;
  private long half;
  private long nextHalfNs = HALF_NS;
  private long nextPublishNs;

  /**
   * Makes the counters and starts the listener's thread, if there is a listener.
   *
   * @throws IllegalArgumentException if the counters file is in use or is something else
   * @throws UncheckedIOException if it cannot be made
   */
  Measures(
      Gates gates,
      RuntimeClock clock,
      ErrorLog errors,
      @Nullable HeadgateListener listener,
      @Nullable Path countersFile) {
    this.gates = gates;
    this.clock = clock;
    this.errors = errors;
    long epochMs = clock.instant(0).toEpochMilli();
    counters =
        countersFile == null
            ? CounterTable.inMemory(epochMs)
            : CounterTable.inFile(countersFile, epochMs);
    delivery = listener == null ? null : new EventDelivery(listener, errors);
  }

  // ---- what happens

  @Override
  public void admitted(Reservation task, long nowNs) {
    admitted++;
    wrapUp(task);
  }

  private void wrapUp(Reservation task) {
    if (task.tellOfKept()) {
      wrappedUp++;
      StateEvents.WrapUpEvent.emit(task, ((TaskHandle<?>) task).job().id());
      if (delivery != null) {
        delivery.wrapUp((TaskHandle<?>) task);
      }
    }
  }

  @Override
  public void started(Reservation task, int attempt, long nowNs) {
    turnHalf(nowNs);
    started++;
    if (attempt == 1) {
      record(task, DurationSink.WAIT, nowNs - task.admittedNs());
    }
    // One below, beside a call that does not end, was told of as a fall.
    if (task instanceof HedgeHandle<?> hedge && !hedge.isDegradable()) {
      hedges++;
      tell(hedge.original(), false);
    }
  }

  @Override
  public void hedgeWon(TaskHandle<?> task, boolean beside) {
    if (beside) {
      rungs.answeredBeside();
    } else {
      hedgesWon++;
      tell(task, true);
    }
  }

  private void tell(TaskHandle<?> hedged, boolean won) {
    StateEvents.HedgeEvent.emit(
        hedged.taskId(), hedged.agentGate().id(), hedged.targetGate().id(), won);
    if (delivery != null) {
      delivery.hedge(hedged, won);
    }
  }

  @Override
  public void retry(Reservation task, CallClass end, long atNs) {
    retries++;
    wrapUp(task);
    StateEvents.RetryEvent.emit(
        task.taskId(), task.agentGate().id(), task.targetGate().id(), end.name());
    if (delivery != null) {
      delivery.retry((TaskHandle<?>) task, end.name(), Math.max(0, atNs - clock.coarseNs()));
    }
  }

  @Override
  public void breaker(
      TargetGate target, @Nullable AgentGate agent, BreakerState state, long untilNs) {
    breaker(target, 0, agent == null ? "" : agent.id(), state, untilNs);
  }

  @Override
  public void rungBreaker(TargetGate target, int rung, BreakerState state, long untilNs) {
    breaker(target, rung, "", state, untilNs);
  }

  private void breaker(
      TargetGate target, int rung, String agent, BreakerState state, long untilNs) {
    if (state == BreakerState.OPEN) {
      breakersOpened++;
    }
    StateEvents.BreakerEvent.emit(target.id(), rung, agent, state.name());
    if (delivery != null) {
      long leftNs = Math.max(0, untilNs - clock.coarseNs());
      delivery.breaker(target.id(), rung, agent, state.name(), leftNs);
    }
  }

  @Override
  public void rung(TargetGate target, int rung) {
    rungs.changed(target, rung);
    String name = RungChanges.nameOf(target, rung);
    StateEvents.RungEvent.emit(target.id(), rung, name);
    if (delivery != null) {
      delivery.rung(target.id(), rung, name);
    }
  }

  @Override
  public void patienceOver(Reservation task) {
    rungs.patienceOver();
  }

  @Override
  public void fall(Reservation task, CallClass end, int toRung, boolean beside) {
    rungs.fell(beside);
    wrapUp(task);
    StateEvents.FallEvent.emit(task, end.name(), toRung, beside);
    if (delivery != null) {
      delivery.fall((TaskHandle<?>) task, end.name(), toRung, beside);
    }
  }

  @Override
  public void paused(TargetGate target, long untilNs) {
    pauses += untilNs != 0 ? 1 : 0;
    StateEvents.PauseEvent.emit(target.id(), untilNs != 0);
    if (delivery != null) {
      delivery.paused(target.id(), Math.max(0, untilNs - clock.coarseNs()));
    }
  }

  @Override
  public void parked(Reservation task, ParkReason reason, ParkPolicy policy, long actionNs) {
    parked++;
    StateEvents.ParkEvent.emit(task, reason.name());
    if (delivery != null) {
      delivery.parked(
          (TaskHandle<?>) task, reason, policy.action(), Math.max(0, actionNs - clock.coarseNs()));
    }
  }

  @Override
  public void unparked(Reservation task, ParkPolicy.Action action, Unparked by) {
    StateEvents.ParkEvent.emit(task, by.name());
    if (delivery != null) {
      delivery.unparked((TaskHandle<?>) task, action, by.name());
    }
    if (by == Unparked.FUNDED) {
      wrapUp(task);
    }
  }

  @Override
  public void operated(OperatorWord word, boolean byItself) {
    if (!byItself) {
      operators.said(word);
    }
    StateEvents.OperatorEvent.emit(word);
    if (delivery != null) {
      delivery.operated(word);
    }
  }

  @Override
  public void held(@Nullable AgentGate agent, @Nullable TargetGate target) {
    if (agent != null) {
      operators.heldAgent();
    } else if (target != null) {
      operators.heldTarget();
    } else {
      operators.heldAll();
    }
  }

  @Override
  public void limitsChanged(HeadgateSettings inForce) {
    limitsChanged++;
    StateEvents.LimitsEvent.emit(inForce);
    if (delivery != null) {
      delivery.limitsChanged(inForce);
    }
  }

  @Override
  public void jobReconfigured(LiveJob job, JobSettings settings) {
    jobsReconfigured++;
    if (delivery != null) {
      delivery.jobReconfigured(job.id(), settings);
    }
  }

  @Override
  public void loopedOut(LiveJob job) {
    jobsLoopedOut++;
    int loops = job.loops();
    StateEvents.JobLoopedOutEvent.emit(job.id(), loops);
    if (delivery != null) {
      delivery.jobLoopedOut(job.id(), loops);
    }
  }

  @Override
  public void burn(AgentGate agent, boolean burning, long tokens, long usual) {
    if (burning) {
      burnAlerts++;
    }
    StateEvents.BurnRateEvent.emit(agent.id(), burning, tokens, usual);
    if (delivery != null) {
      delivery.burn(agent.id(), burning, tokens, usual);
    }
  }

  @Override
  public void alert(TargetGate target, AlertKind kind, boolean on) {
    alerts += on ? 1 : 0;
    StateEvents.AlertEvent.emit(target.id(), kind, on);
    if (delivery != null) {
      delivery.alert(target.id(), kind, on);
    }
  }

  @Override
  public void usageMissing(TargetGate target, boolean missing) {
    if (missing) {
      usageAlerts++;
    }
    StateEvents.UsageMissingEvent.emit(target.id(), missing);
    if (delivery != null) {
      delivery.usageMissing(target.id(), missing);
    }
  }

  @Override
  public void limitLearned(TargetGate target, long perMinute, boolean ofTokens) {
    limitsLearned++;
    StateEvents.LimitEvent.emit(target.id(), perMinute, ofTokens);
    if (delivery != null) {
      delivery.limitLearned(target.id(), perMinute, ofTokens);
    }
  }

  @Override
  public void outputLearned(TargetGate target, @Nullable AgentGate agent, long tokens, long calls) {
    estimatesLearned++;
    String of = agent == null ? "" : agent.id();
    StateEvents.EstimateEvent.emit(target.id(), of, tokens, calls);
    if (delivery != null) {
      delivery.estimateLearned(target.id(), of, tokens, calls);
    }
  }

  @Override
  public void permits(TargetGate target, int permits) {
    limitsMoved++;
    StateEvents.ConcurrencyEvent.emit(target.id(), permits);
    if (delivery != null) {
      delivery.permits(target.id(), permits);
    }
  }

  @Override
  public void level(TargetGate target, int level, boolean begins) {
    levelsLowered += begins ? 1 : 0;
    StateEvents.LevelEvent.emit(target.id(), Levels.of(level));
    if (delivery != null) {
      delivery.level(target.id(), level);
    }
  }

  @Override
  public void ended(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {
    turnHalf(nowNs);
    endings[ending.ordinal()]++;
    if (((TaskHandle<?>) task).done() instanceof Outcome.Completed<?> completed) {
      rungs.answered(completed.rung());
    }
    long totalNs = nowNs - task.admittedNs();
    record(task, DurationSink.TOTAL, totalNs);
    if (delivery != null) {
      delivery.taskEnded((TaskHandle<?>) task, OutcomeNames.of(ending), totalNs - ranNs, ranNs);
    }
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
  public void overrun(Reservation task, int overrunsOfTarget) {
    String target = task.targetGate().id();
    StateEvents.OverrunEvent.emit(task.taskId(), target, overrunsOfTarget);
    if (delivery != null) {
      delivery.overrun(task.taskId(), target, overrunsOfTarget);
    }
  }

  @Override
  public void targetGate(TargetGate target, boolean open, Refusal reason) {
    StateEvents.TargetGateEvent.emit(target.id(), open, reason.name());
    if (delivery != null) {
      delivery.targetGate(target.id(), open, reason.name());
    }
  }

  @Override
  public void jobOpened(LiveJob job) {
    jobChange(job, true);
  }

  @Override
  public void jobRetired(LiveJob job) {
    // What a sub-job overspent, its parent was charged; so the root's figure is that of them all.
    if (job.parent() == null) {
      overspentTokens += job.overspentTokens();
    }
    jobChange(job, false);
  }

  private void jobChange(LiveJob job, boolean open) {
    StateEvents.JobEvent.emit(job.id(), open);
    if (delivery != null) {
      delivery.jobChange(job.id(), open);
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
    if (nowNs >= nextPublishNs) {
      nextPublishNs = nowNs + PUBLISH_NS;
      publish(engine);
      tell(refusals.since(nowNs));
    }
    if (delivery != null) {
      delivery.wake();
    }
  }

  private void tell(Map<Refusal, Long> refused) {
    if (!refused.isEmpty()) {
      StateEvents.RefusalsEvent.emit(refused);
      if (delivery != null) {
        delivery.refusals(refused);
      }
    }
  }

  private void publish(Engine engine) {
    Ledger ledger = engine.ledger();
    counters.set(Counter.ADMITTED, admitted);
    refusals.look(gates.refusals());
    refusals.publish(counters);
    counters.set(Counter.STARTED, started);
    counters.set(Counter.COMPLETED, count(Ending.COMPLETED));
    counters.set(Counter.FAILED, count(Ending.FAILED));
    counters.set(Counter.TIMED_OUT, count(Ending.TIMED_OUT_TIMEOUT) + count(Ending.TIMED_OUT_JOB));
    counters.set(
        Counter.EXPIRED,
        count(Ending.EXPIRED_TTL) + count(Ending.EXPIRED_JOB) + count(Ending.EXPIRED_TOO_LATE));
    counters.set(
        Counter.CANCELLED,
        count(Ending.CANCELLED_CALLER)
            + count(Ending.CANCELLED_JOB_CLOSED)
            + count(Ending.CANCELLED_SHUTDOWN)
            + count(Ending.CANCELLED_REMOVED)
            + count(Ending.CANCELLED_DECLINED)
            + count(Ending.CANCELLED_WOULD_DEADLOCK)
            + count(Ending.CANCELLED_BUDGET));
    counters.set(Counter.CUT_OFF, count(Ending.CUT_OFF));
    counters.set(Counter.WAITING, ledger.waiting());
    counters.set(Counter.IN_FLIGHT, ledger.running());
    counters.set(Counter.OVERRUNS, ledger.overruns());
    counters.set(Counter.SUSPENDED, engine.suspended());
    counters.set(Counter.OPEN_JOBS, engine.openJobs());
    counters.set(Counter.TOKENS_RESERVED, ledger.reservedTokens());
    counters.set(Counter.TOKENS_SPENT, ledger.spentTokens());
    counters.set(Counter.MONEY_SPENT_NANOS, ledger.spentMoney());
    counters.set(Counter.USER_ERRORS, errors.total() - errors.ofOursTotal());
    counters.set(Counter.OWN_ERRORS, errors.ofOursTotal());
    counters.set(Counter.PARKED, ledger.parked());
    counters.set(Counter.PARKED_IN_ALL, parked);
    counters.set(Counter.RETRIES, retries);
    counters.set(Counter.HEDGES, hedges);
    counters.set(Counter.HEDGES_WON, hedgesWon);
    counters.set(Counter.BREAKERS_OPENED, breakersOpened);
    rungs.publish(counters);
    operators.publish(counters);
    counters.set(Counter.PAUSES, pauses);
    counters.set(Counter.LIMITS_CHANGED, limitsChanged);
    counters.set(Counter.JOBS_RECONFIGURED, jobsReconfigured);
    counters.set(Counter.JOBS_LOOPED_OUT, jobsLoopedOut);
    counters.set(Counter.ALERTS, alerts);
    counters.set(Counter.BURN_ALERTS, burnAlerts);
    counters.set(Counter.USAGE_ALERTS, usageAlerts);
    counters.set(Counter.LIMITS_LEARNED, limitsLearned);
    counters.set(Counter.LIMITS_MOVED, limitsMoved);
    counters.set(Counter.ESTIMATES_LEARNED, estimatesLearned);
    counters.set(Counter.WRAPPED_UP, wrappedUp);
    counters.set(Counter.LEVELS_LOWERED, levelsLowered);
    counters.set(Counter.NEWEST_FIRST, ledger.newestFirst());
    counters.set(Counter.TOO_LATE, count(Ending.EXPIRED_TOO_LATE));
    counters.set(Counter.EVENTS_LOST, delivery == null ? 0 : delivery.lostInAll());
  }

  private long count(Ending ending) {
    return endings[ending.ordinal()];
  }

  @Override
  public void close(Engine engine) {
    publish(engine);
    tell(refusals.rest(clock.coarseNs()));
    if (delivery != null) {
      delivery.close();
    }
    publish(engine); // once more: the listener may have thrown since, or lost events
    try {
      counters.close();
    } catch (UncheckedIOException e) { // must not hold up the shutdown
      errors.ofOurs("closing the counters file", e);
    }
  }

  @Override
  public Counters counters() {
    return counters.view();
  }

  // ---- to see

  @Override
  public Supplier<Snapshot> picture(Engine engine) {
    long nowNs = engine.nowNs();
    turnHalf(nowNs);
    Picture picture = new Picture(gates, engine, clock.instant(nowNs), all.lend(half));
    engine.forEachAgent(
        (gate, ledger) ->
            picture.agent(
                gate,
                ledger,
                engine.heldUntilNs(gate),
                engine.forcedUntilNs(gate),
                engine.cutOffFrom(gate),
                engine.alertsOf(gate),
                agents.lend(gate, half)));
    engine.forEachTarget(
        (gate, ledger) ->
            picture.target(
                gate,
                ledger,
                engine.breakerOf(gate),
                engine.heldUntilNs(gate),
                engine.forcedUntilNs(gate),
                ladder(engine, gate),
                engine.paceOf(gate),
                engine.permitsOf(gate),
                Levels.of(engine.levelOf(gate)),
                engine.alertsOf(gate),
                lend(gate)));
    picture.arrivalsPerSecond = arrivals.perSecond(arrived(), nowNs);
    picture.startsPerSecond = starts.perSecond(started, nowNs);
    picture.endsPerSecond = ends.perSecond(ended, nowNs);
    picture.overspentTokens = overspentTokens;
    picture.admitted = admitted;
    picture.wrappedUp = wrappedUp;
    picture.outcomes = outcomes();
    return picture;
  }

  private static List<Snapshot.Rung> ladder(Engine engine, TargetGate gate) {
    int serving = engine.rungOf(gate);
    List<Snapshot.Rung> ladder = new ArrayList<>();
    for (DegradationPolicy.Rung rung : gate.settings().degradation().rungs()) {
      int at = ladder.size();
      ladder.add(new Snapshot.Rung(rung.name(), at == serving, engine.answersOf(gate, at)));
    }
    return Collections.unmodifiableList(ladder);
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
