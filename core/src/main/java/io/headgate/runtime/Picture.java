package io.headgate.runtime;

import io.headgate.AgentSettings;
import io.headgate.Priority;
import io.headgate.Refusal;
import io.headgate.Snapshot;
import io.headgate.Snapshot.Party;
import io.headgate.SpendingLimits;
import io.headgate.Waste;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gate;
import io.headgate.admission.Gates;
import io.headgate.admission.RefusalCounts;
import io.headgate.admission.SpendingAccount;
import io.headgate.admission.TargetGate;
import io.headgate.engine.Engine;
import io.headgate.engine.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot is built from: figures copied and durations lent at one logical moment. Filled on
 * the dispatcher's thread, at about 100 bytes an agent or target; the snapshot with its quantiles
 * and maps is built by {@link #get()} on the asker's thread.
 */
final class Picture implements Supplier<Snapshot> {
  /** A ledger's figures. */
  private record Figures(
      int waiting,
      int parked,
      int running,
      int overruns,
      long started,
      long retries,
      long hedges,
      long hedgesWon,
      long fellBeside,
      long answeredBeside,
      long reservedTokens,
      long spentTokens,
      long reservedMoney,
      long spentMoney,
      long tokensLastMinute,
      long moneyLastMinute,
      Waste waste,
      double reservedOverUsed,
      long oldestWaitNs,
      double admissionsPerSecond,
      double endsPerSecond) {
    static Figures of(Ledger ledger, long nowNs) {
      return new Figures(
          ledger.waiting(),
          ledger.parked(),
          ledger.running(),
          ledger.overruns(),
          ledger.started(),
          ledger.retries(),
          ledger.hedges(),
          ledger.hedgesWon(),
          ledger.fellBeside(),
          ledger.answeredBeside(),
          ledger.reservedTokens(),
          ledger.spentTokens(),
          ledger.reservedMoney(),
          ledger.spentMoney(),
          ledger.tokensLastMinute(nowNs),
          ledger.moneyLastMinute(nowNs),
          ledger.tally().waste(),
          ledger.tally().reservedOverUsed(),
          ledger.waiting() == 0 ? 0 : Math.max(0, nowNs - ledger.oldestAdmittedNs()),
          ledger.admissionsPerSecond(nowNs),
          ledger.endsPerSecond(nowNs));
    }
  }

  private record Part(
      Gate gate,
      int maxInFlight,
      long estimatedWaitNs,
      Figures figures,
      String breaker,
      long heldUntilNs,
      long forcedUntilNs,
      List<Snapshot.Rung> ladder,
      Snapshot.Pace pace,
      int permits,
      Snapshot.Level level,
      List<String> cutOffFrom,
      List<String> alerts,
      DurationSink.Lent durations) {}

  /** What was learned of one target's calls, by an agent or by all. */
  private record Learned(TargetGate target, @Nullable AgentGate agent, long tokens, long calls) {
    Snapshot.Learned row() {
      return new Snapshot.Learned(agent == null ? "" : agent.id(), target.id(), tokens, calls);
    }
  }

  private final Gates gates;
  private final Instant at;
  private final Figures all;
  private final DurationSink.Lent durations;
  private final int suspended;
  private final int openJobs;
  private final String admissions;
  private final long heldUntilNs;
  private final long nowNs;
  private final List<Part> agents = new ArrayList<>();
  private final List<Part> targets = new ArrayList<>();
  private final List<Learned> learned = new ArrayList<>();

  // Filled in by Measures.
  double arrivalsPerSecond;
  double startsPerSecond;
  double endsPerSecond;
  long overspentTokens;
  long admitted;
  long wrappedUp;
  Map<String, Long> outcomes = Map.of();

  Picture(Gates gates, Engine engine, Instant at, DurationSink.Lent durations) {
    this.gates = gates;
    this.at = at;
    this.durations = durations;
    nowNs = engine.nowNs();
    all = Figures.of(engine.ledger(), nowNs);
    suspended = engine.suspended();
    openJobs = engine.openJobs();
    admissions = admissions(engine.lowestAdmitted());
    heldUntilNs = engine.heldUntilNs();
    engine.forEachLearned(
        (target, agent, tokens, calls) -> learned.add(new Learned(target, agent, tokens, calls)));
  }

  void agent(
      AgentGate gate,
      Ledger ledger,
      long heldUntilNs,
      long forcedUntilNs,
      List<String> cutOffFrom,
      List<String> alerts,
      DurationSink.Lent durations) {
    int maxInFlight = gate.settings().maxInFlight();
    agents.add(
        new Part(
            gate,
            maxInFlight,
            0,
            Figures.of(ledger, nowNs),
            heldUntilNs == 0 ? "" : "HELD",
            heldUntilNs,
            forcedUntilNs,
            List.of(),
            Snapshot.Pace.NONE,
            AgentSettings.UNLIMITED,
            Snapshot.Level.ALL,
            cutOffFrom,
            alerts,
            durations));
  }

  void target(
      TargetGate gate,
      Ledger ledger,
      String breaker,
      long heldUntilNs,
      long forcedUntilNs,
      List<Snapshot.Rung> ladder,
      Snapshot.Pace pace,
      int permits,
      Snapshot.Level level,
      List<String> alerts,
      DurationSink.Lent durations) {
    int maxInFlight = gate.settings().maxInFlight();
    long estimatedWaitNs = gate.estimatedWaitNs(Priority.NORMAL, false);
    targets.add(
        new Part(
            gate,
            maxInFlight,
            estimatedWaitNs,
            Figures.of(ledger, nowNs),
            breaker,
            heldUntilNs,
            forcedUntilNs,
            ladder,
            pace,
            permits,
            level,
            List.of(),
            alerts,
            durations));
  }

  @Override
  public Snapshot get() {
    return new Snapshot(
        at,
        all.waiting,
        all.parked,
        all.running,
        all.overruns,
        suspended,
        openJobs,
        admissions,
        until(heldUntilNs),
        Duration.ofNanos(all.oldestWaitNs),
        arrivalsPerSecond,
        startsPerSecond,
        endsPerSecond,
        estimatedWait(),
        all.reservedTokens,
        all.spentTokens,
        all.reservedMoney,
        all.spentMoney,
        all.tokensLastMinute,
        all.moneyLastMinute,
        limits(gates.settings().tokensPerMinute(), gates.spending()),
        gates.settings().maxParked(),
        gates.settings().maxParkedTokens(),
        gates.settings().retrySpreadPercent(),
        overspentTokens,
        all.waste,
        all.reservedOverUsed,
        admitted,
        wrappedUp,
        outcomes,
        Collections.unmodifiableMap(gates.refusals().asMap()),
        durations.quantiles(DurationSink.WAIT),
        durations.quantiles(DurationSink.RUN),
        durations.quantiles(DurationSink.TOTAL),
        parties(agents),
        parties(targets),
        learned.stream()
            .sorted(Comparator.comparingLong(Learned::calls).reversed())
            .limit(Snapshot.MAX_LEARNED)
            .map(Learned::row)
            .toList());
  }

  private static String admissions(int lowest) {
    return switch (lowest) {
      case Gates.NOBODY -> "PAUSED";
      case Gates.NO_NEW_JOBS -> "DRAINED";
      default -> lowest == Priority.BACKGROUND.ordinal() ? "" : Priority.values()[lowest].name();
    };
  }

  private static Snapshot.Limits limits(Gate gate) {
    return gate instanceof AgentGate agent
        ? limits(agent.settings().tokensPerMinute(), agent.spending())
        : Snapshot.Limits.NONE;
  }

  private static Snapshot.Limits limits(long tokensPerMinute, @Nullable SpendingAccount spending) {
    SpendingLimits limits = spending == null ? SpendingLimits.NONE : spending.limits();
    return new Snapshot.Limits(tokensPerMinute, limits);
  }

  // A task goes to one target: what the slowest of those with a queue would make it wait.
  private Duration estimatedWait() {
    long longest = 0;
    for (Part target : targets) {
      if (target.figures.waiting > 0) {
        longest = Math.max(longest, target.estimatedWaitNs);
      }
    }
    return Duration.ofNanos(longest);
  }

  private @Nullable Instant until(long untilNs) {
    return untilNs == 0 ? null : at.plusNanos(untilNs - nowNs);
  }

  private List<Party> parties(List<Part> parts) {
    List<Party> parties = new ArrayList<>(parts.size());
    for (Part part : parts) {
      Figures figures = part.figures;
      parties.add(
          new Party(
              part.gate.id(),
              figures.waiting,
              figures.parked,
              figures.running,
              figures.overruns,
              part.maxInFlight,
              Duration.ofNanos(figures.oldestWaitNs),
              figures.admissionsPerSecond,
              figures.endsPerSecond,
              Duration.ofNanos(part.estimatedWaitNs),
              figures.reservedTokens,
              figures.spentTokens,
              figures.reservedMoney,
              figures.spentMoney,
              figures.tokensLastMinute,
              figures.moneyLastMinute,
              limits(part.gate),
              figures.waste,
              figures.reservedOverUsed,
              figures.started,
              figures.retries,
              figures.hedges,
              figures.hedgesWon,
              figures.fellBeside,
              figures.answeredBeside,
              part.breaker,
              until(part.heldUntilNs),
              until(part.forcedUntilNs),
              part.ladder,
              part.pace,
              part.permits,
              part.level,
              part.cutOffFrom,
              part.alerts,
              refusals(part.gate),
              part.durations.quantiles(DurationSink.WAIT),
              part.durations.quantiles(DurationSink.RUN),
              part.durations.quantiles(DurationSink.TOTAL)));
    }
    return Collections.unmodifiableList(parties);
  }

  private static Map<Refusal, Long> refusals(Gate gate) {
    RefusalCounts counts = gate.refusalsOrNull();
    return counts == null ? Map.of() : Collections.unmodifiableMap(counts.asMap());
  }
}
