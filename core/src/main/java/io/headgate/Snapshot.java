package io.headgate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One consistent picture of a Headgate at one logical moment: what waits, is in flight or is
 * suspended adds up to the live tasks, and the agents' figures to the overall ones. Refusals alone
 * are counted outside of that order, so those of agents and of all may be a few apart while
 * submitters are refused. Immutable.
 *
 * <p>Rates and quantiles are those of a sliding interval of ten to twenty seconds; at first, of the
 * time since the start, but of no less than a second.
 *
 * @param at when, by the wall clock
 * @param waiting admitted, not started
 * @param parked of those, held for a human
 * @param inFlight attempts that hold permits: started, not ended, not suspended
 * @param overruns of those, attempts past their deadline whose threads still run
 * @param suspended attempts that lent their permits while they wait in {@code join}
 * @param openJobs jobs and sub-jobs
 * @param admissions what an operator says of all of them: empty for nothing; {@code PAUSED} when
 *     nothing is let in, {@code DRAINED} when no new job is, or the lowest {@link Priority} that is
 * @param heldUntil when that is over by itself, by the wall clock; null for nothing
 * @param oldestWaiting how long the task that waits longest has waited; zero when none waits
 * @param arrivalsPerSecond submissions, admitted or refused
 * @param startsPerSecond attempts started
 * @param endsPerSecond attempts ended
 * @param estimatedWait until a new task of a new job would start: the longest of those targets for
 *     which tasks wait
 * @param tokensReserved held by live tasks
 * @param tokensSpent settled, since the start
 * @param moneyReservedNanos nano-dollars held by live tasks
 * @param moneySpentNanos nano-dollars settled, since the start
 * @param tokensLastMinute tokens settled in the last minute, as in {@link Spending}
 * @param moneyLastMinuteNanos nano-dollars likewise
 * @param limits what all together may spend now
 * @param maxParked how many may be held for a human now; {@code parked} may be above it since that
 *     was lowered
 * @param maxParkedTokens that those may hold
 * @param retrySpreadPercent how much later than asked for a refused submission comes back now
 * @param overspentTokens tokens that providers reported beyond what a job's budget could cover, of
 *     the jobs that have ended; what a sub-job overspent is first charged to its parent
 * @param waste what of that was spent without an answer in time
 * @param reservedOverUsed tokens held over tokens used, of calls whose use is known, since the
 *     start: 1 is exact, 5 blocks four fifths of a budget; 0 before the first
 * @param admitted tasks, since the start
 * @param wrappedUp of those, let in or tried again with what their jobs keep back for one that
 *     wraps up, each once, since the start
 * @param outcomes how tasks ended since the start, by the simple name of their {@link Outcome}
 * @param refusals since the start, by reason; reasons that never occurred are left out
 * @param waitTime from admission to start
 * @param runTime from start to end of the attempt
 * @param totalTime from admission to the task's end
 * @param agents one for each agent that is registered or still has live tasks
 * @param targets one for each target that is registered or still has live tasks
 * @param learned what estimates have learned and admission reserves now: the {@value #MAX_LEARNED}
 *     at most that were learned from most calls, those first
 */
public record Snapshot(
    Instant at,
    int waiting,
    int parked,
    int inFlight,
    int overruns,
    int suspended,
    int openJobs,
    String admissions,
    @Nullable Instant heldUntil,
    Duration oldestWaiting,
    double arrivalsPerSecond,
    double startsPerSecond,
    double endsPerSecond,
    Duration estimatedWait,
    long tokensReserved,
    long tokensSpent,
    long moneyReservedNanos,
    long moneySpentNanos,
    long tokensLastMinute,
    long moneyLastMinuteNanos,
    Limits limits,
    int maxParked,
    long maxParkedTokens,
    int retrySpreadPercent,
    long overspentTokens,
    Waste waste,
    double reservedOverUsed,
    long admitted,
    long wrappedUp,
    Map<String, Long> outcomes,
    Map<Refusal, Long> refusals,
    Quantiles waitTime,
    Quantiles runTime,
    Quantiles totalTime,
    List<Party> agents,
    List<Party> targets,
    List<Learned> learned) {
  /** As many of {@link #learned} are shown. */
  public static final int MAX_LEARNED = 256;

  /**
   * The figures of one agent or one target.
   *
   * @param id its id
   * @param waiting its tasks that wait
   * @param parked of those, held for a human
   * @param inFlight its attempts that hold permits
   * @param overruns of those, past their deadline
   * @param maxInFlight its cap, or {@link AgentSettings#UNLIMITED}
   * @param oldestWaiting how long the one of its tasks that waits longest has waited
   * @param admissionsPerSecond tasks let in, over the last ten seconds
   * @param endsPerSecond attempts ended, over the last ten seconds: its service rate
   * @param estimatedWait until a new task of a new job would start; zero for an agent
   * @param tokensReserved held by its live tasks
   * @param tokensSpent settled, since it was registered
   * @param moneyReservedNanos nano-dollars held by its live tasks
   * @param moneySpentNanos nano-dollars settled
   * @param tokensLastMinute tokens settled in the last minute, as in {@link Spending}
   * @param moneyLastMinuteNanos nano-dollars likewise
   * @param limits what an agent may spend now; {@link Limits#NONE} for a target
   * @param waste what of that was spent without an answer in time
   * @param reservedOverUsed tokens held over tokens used, of calls whose use is known; 0 before the
   *     first
   * @param started attempts
   * @param retries of them, decided on because an attempt before had failed
   * @param hedges of them, beside a first attempt that was slow
   * @param hedgesWon of those, the ones that answered first
   * @param fellBeside of them, at a rung below beside a first attempt that did not end when told to
   * @param answeredBeside of those, the ones that answered
   * @param breaker of a target: {@code CLOSED}, {@code OPEN}, {@code HALF_OPEN}, {@code PAUSED}
   *     while it is left alone because it asked for that, or {@code HELD} while an operator pauses
   *     it; of an agent: {@code HELD}, or empty
   * @param heldUntil until when an operator holds its work up; null if nobody does
   * @param forcedUntil until when a target's breaker is as an operator forced it, of an agent the
   *     first of its own; null if none is
   * @param ladder of a target: its rungs from the top; empty if it has none, and for an agent
   * @param pace of a target: how its starts are spaced; {@link Pace#NONE} if not, and for an agent
   * @param permits of a target: how many may run at once by its adaptive limit, at its first rung;
   *     {@link AgentSettings#UNLIMITED} if it has none, and for an agent
   * @param level of a target: which new jobs it lets in by its admission level; {@link Level#ALL}
   *     of an agent
   * @param cutOffFrom of an agent: the targets of which its own breaker is not closed
   * @param alerts {@code BURN_RATE} of an agent; {@code USAGE_MISSING} of a target and each {@link
   *     AlertKind} that is on, or would be
   * @param refusals by reason; counted by submitters and read when the snapshot is built, a moment
   *     after the rest
   * @param waitTime from admission to start
   * @param runTime from start to end of the attempt
   * @param totalTime from admission to the task's end
   */
  public record Party(
      String id,
      int waiting,
      int parked,
      int inFlight,
      int overruns,
      int maxInFlight,
      Duration oldestWaiting,
      double admissionsPerSecond,
      double endsPerSecond,
      Duration estimatedWait,
      long tokensReserved,
      long tokensSpent,
      long moneyReservedNanos,
      long moneySpentNanos,
      long tokensLastMinute,
      long moneyLastMinuteNanos,
      Limits limits,
      Waste waste,
      double reservedOverUsed,
      long started,
      long retries,
      long hedges,
      long hedgesWon,
      long fellBeside,
      long answeredBeside,
      String breaker,
      @Nullable Instant heldUntil,
      @Nullable Instant forcedUntil,
      List<Rung> ladder,
      Pace pace,
      int permits,
      Level level,
      List<String> cutOffFrom,
      List<String> alerts,
      Map<Refusal, Long> refusals,
      Quantiles waitTime,
      Quantiles runTime,
      Quantiles totalTime) {}

  /**
   * Limits in force. A job's own are in {@link JobSettings} and its {@link Job}.
   *
   * @param tokensPerMinute the refill of the bucket, or {@link AgentSettings#NO_RATE}
   * @param spending the others
   */
  public record Limits(long tokensPerMinute, SpendingLimits spending) {
    /** None. */
    public static final Limits NONE = new Limits(AgentSettings.NO_RATE, SpendingLimits.NONE);
  }

  /**
   * What calls use for their answers, as it was learned; see {@link EstimatePolicy}.
   *
   * @param agent whose calls; empty for everybody's, which holds for agents without a row
   * @param target which they call
   * @param outputTokens that are reserved for the answer of a call that asks for more
   * @param calls from which that was learned, in all; older ones weigh less and less
   */
  public record Learned(String agent, String target, long outputTokens, long calls) {}

  /**
   * A step of a target's ladder.
   *
   * @param name its name
   * @param serves whether a task that starts now starts here, at best
   * @param answers tasks that it completed, since the target was registered
   */
  public record Rung(String name, boolean serves, long answers) {}

  /**
   * Which new jobs a target lets in; see {@link LevelPolicy}.
   *
   * @param lowest the least urgent priority of which some are
   * @param share of those, above 0 to 1; of more urgent ones all are, of less urgent ones none
   */
  public record Level(Priority lowest, double share) {
    /** All of them. */
    public static final Level ALL = new Level(Priority.BACKGROUND, 1);

    /** Whether all are. */
    public boolean isAll() {
      return lowest == Priority.BACKGROUND && share >= 1;
    }
  }

  /**
   * How the starts of a target are spaced; see {@link PacePolicy}.
   *
   * @param perMinute how many start now at most, or how many tokens those reserve
   * @param limitPerMinute what its provider takes, as it was learned; 0 if that is not known yet
   * @param ofTokens whether both are tokens, not calls
   */
  public record Pace(double perMinute, double limitPerMinute, boolean ofTokens) {
    /** Nothing is paced. */
    public static final Pace NONE = new Pace(0, 0, false);
  }

  /**
   * Quantiles of a duration, within 1 %, from 1 µs to a day (HdrHistogram, two digits). Those of
   * agents beyond the busiest 64 are within an eighth, from 131 µs (shorter ones are shown as that)
   * to six hours, and weigh the last ten seconds most; there, a duration that is rarer than 1 in 32
   * of the most frequent may be left out.
   *
   * @param count how many were recorded
   * @param p50 the median
   * @param p99 99 of 100 were at most this
   * @param p999 999 of 1,000 were at most this
   * @param max the largest
   */
  public record Quantiles(long count, Duration p50, Duration p99, Duration p999, Duration max) {
    /** Of nothing. */
    public static final Quantiles NONE =
        new Quantiles(0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);
  }

  /**
   * As JSON. Names as here, with the unit at the end: durations in seconds ({@code
   * estimatedWaitSeconds}), money in dollars ({@code moneySpentDollars}), both as decimals; the
   * time as in ISO 8601; {@code maxInFlight} is null for no cap.
   */
  public String toJson() {
    return SnapshotJson.write(this);
  }

  /**
   * As a table for a terminal, at most 100 columns wide, with the 32 agents and targets that have
   * most waiting and in flight.
   */
  @Override
  public String toString() {
    return SnapshotTable.render(this);
  }
}
