package io.headgate;

import io.headgate.runtime.LiveHeadgate;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemEpochNanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;

/**
 * An in-process scheduler with backpressure for LLM agents: decides on the caller's thread whether
 * a task may enter at all, runs what it admits on virtual threads with hard deadlines, and always
 * knows what waits, what runs and what was spent.
 *
 * <pre>{@code
 * try (var headgate = Headgate.builder().maxInFlight(256).maxWaiting(4_096).build()) {
 *   var model = headgate.target("gpt-large", t -> t.maxInFlight(64).timeout(ofSeconds(20)));
 *   var agent = headgate.agent("researcher", a -> a.maxInFlight(8).tokensPerMinute(200_000));
 *   try (var job = headgate.job("ticket-4711", j -> j.tokenBudget(50_000))) {
 *     switch (job.submit(Task.of(agent, model, Estimate.of(900, 500), attempt -> ask(attempt)))) {
 *       case Admitted<Answer> handle -> use(handle.join());
 *       case Refused<Answer>(var reason, var retryAfter) -> later(reason, retryAfter);
 *     }
 *   }
 * }
 * }</pre>
 *
 * <p>All methods may be called from any thread. Ids are 1 to 128 characters: letters, digits and
 * {@code - _ . : / @ # +}.
 */
public interface Headgate extends AutoCloseable {
  /** A builder with {@link HeadgateSettings#DEFAULT}. */
  static Builder builder() {
    return new Builder();
  }

  /**
   * Registers an agent, or answers the one that is known under this id.
   *
   * @throws IllegalArgumentException if the id or a setting is out of bounds or contradicts the
   *     overall ones
   * @throws IllegalStateException if the id is known with other settings, or {@code maxAgents} are
   *     registered, or this Headgate is closed
   */
  Agent agent(String id, UnaryOperator<AgentSettings> settings);

  /** Registers an agent with {@link AgentSettings#DEFAULT}. */
  default Agent agent(String id) {
    return agent(id, UnaryOperator.identity());
  }

  /**
   * Registers a target, or answers the one that is known under this id.
   *
   * @throws IllegalArgumentException if the id or a setting is out of bounds or contradicts the
   *     overall ones
   * @throws IllegalStateException if the id is known with other settings, or {@code maxTargets} are
   *     registered, or this Headgate is closed
   */
  Target target(String id, UnaryOperator<TargetSettings> settings);

  /** Registers a target with {@link TargetSettings#DEFAULT}. */
  default Target target(String id) {
    return target(id, UnaryOperator.identity());
  }

  /**
   * Opens a job, or answers the open one that is known under this id. There may be no place for it,
   * or its id may belong to a job that was closed (ids are remembered until the job's deadline):
   * then the job that is answered refuses every task with the reason.
   *
   * @throws IllegalArgumentException if the id or a setting is out of bounds
   * @throws IllegalStateException if the id is open with other settings
   */
  Job job(String id, UnaryOperator<JobSettings> settings);

  /** Opens a job under a fresh id. */
  Job job(UnaryOperator<JobSettings> settings);

  /**
   * Takes up what the journal's last Headgate left unfinished: tasks of {@link Handler}s wait
   * again, with what is left of their TTL and their job's deadline; what may have been called meets
   * its handler's rule. To be called once agents and targets are registered. Jobs need no word:
   * they are open again, with what they had spent, when this Headgate is built.
   *
   * <p>Runs codecs on the caller's thread; not to be called from a listener. What comes of it is in
   * the journal; a process that dies meanwhile goes on with the rest when it comes back.
   *
   * @return what was found; the same each time, and {@link Recovery#NOTHING} without a journal
   */
  Recovery recover();

  /** What a human may say to it. */
  Operator operator();

  /** What this Headgate was built with. */
  HeadgateSettings settings();

  /** What all agents together may spend now: as built, or as {@link #limitSpending} changed it. */
  SpendingLimits spendingLimits();

  /**
   * Changes what all agents together may spend. Holds for what is let in from now on, in whole:
   * what runs is not stopped, and an answer that streams past its reservation is cut off at the new
   * limit. What was reserved or spent since the first limit was set counts, so a limit may be set
   * below that, and lets nobody in until enough is given back; what was reserved before there was
   * any never counts. Where there is none any more ({@link SpendingLimits#NONE}), it goes on being
   * counted. Tasks that are parked at their job's budget, and that this limit alone kept there, go
   * on when it covers them, oldest first.
   *
   * <p>Of changes at the same time none is lost: each is applied to the one before. Does not wait
   * for the dispatcher; of a closed Headgate it changes what {@link #spendingLimits} says and
   * nothing else.
   *
   * @param change answers the limits that are to hold, from those that hold; may be called by one
   *     thread at a time
   * @throws NullPointerException if it is null or answers null
   * @throws IllegalArgumentException if what it sets is out of bounds; then nothing changes, nor if
   *     it throws anything else
   */
  void limitSpending(UnaryOperator<SpendingLimits> change);

  /**
   * The refill of the bucket of all agents now, in tokens a minute: as built, or as {@link
   * #limitRate} changed it; {@link AgentSettings#NO_RATE} if there is none.
   */
  long tokensPerMinute();

  /** Its size now, in tokens, or {@link AgentSettings#ONE_MINUTE}. */
  long burstTokens();

  /**
   * Changes refill and size of the bucket of all agents. Holds for what is let in from now on: what
   * was let in goes on. What is missing in the bucket stays missing, in tokens, also through a
   * spell without a rate; so one that shrinks may be in debt, and lets nobody in until that is paid
   * ({@link Refusal#GLOBAL_RATE} says when). What was let in while there was no rate is charged to
   * the later one with all that it used, when it ends.
   *
   * <p>A rate of an agent that is above the new one stays as it is, and has no effect while it is;
   * an agent that is registered or changed from now on may not be given one above it.
   *
   * <p>Any thread, one change at a time. Does not wait for the dispatcher; of a closed Headgate it
   * changes what {@link #tokensPerMinute} and {@link #burstTokens} say and nothing else.
   *
   * @param tokensPerMinute 1 to 10^9, or {@link AgentSettings#NO_RATE}
   * @param burstTokens 1 to 10^9, or {@link AgentSettings#ONE_MINUTE}, which it must be if there is
   *     no rate
   * @throws IllegalArgumentException if one is out of bounds, or the bucket would take too long to
   *     fill; then nothing changes
   */
  void limitRate(long tokensPerMinute, long burstTokens);

  /** Tasks that may be held for a human at once now, as {@link HeadgateSettings#maxParked}. */
  int maxParked();

  /** Tokens that they may hold together now. */
  long maxParkedTokens();

  /**
   * Changes how many tasks may be held for a human at once, and how many tokens they may hold. Who
   * is held stays so, also beyond the new bounds: nothing more is parked until there is room, and
   * what is to be meets the action of its rule at once. Holds for what the dispatcher parks from
   * its next turn on; else as {@link #limitRate}.
   *
   * @param maxParked 0 to 100,000
   * @param maxParkedTokens 0 to 10^12
   * @throws IllegalArgumentException if one is out of bounds; then nothing changes
   */
  void limitParking(int maxParked, long maxParkedTokens);

  /** How far refused submissions are spread now; see {@link HeadgateSettings}. */
  int retrySpreadPercent();

  /**
   * Changes how much later than asked for, at most, a refused submission is told to come back, from
   * the next refusal on; else as {@link #limitRate}.
   *
   * @param percent 0 to 1,000 of {@code retryAfter}
   * @throws IllegalArgumentException if it is out of bounds; then nothing changes
   */
  void spreadRetries(int percent);

  /** One consistent picture at one logical moment. Blocks for one turn of the dispatcher. */
  Snapshot snapshot();

  /** The counters, to be read by any thread at any time, without a turn of the dispatcher. */
  Counters counters();

  /** Compares gates and ledger and looks for broken bounds at one logical moment. */
  Audit audit();

  /**
   * Stops admitting, lets what was admitted finish for so long, then cancels what waits and
   * interrupts what runs. Every handle has ended when this returns. Idempotent.
   *
   * @param drain how long, from zero
   * @return true if nothing was left behind: no deaf thread still runs
   */
  boolean shutdown(Duration drain);

  /** {@link #shutdown} with the configured patience. */
  @Override
  void close();

  /** Collects settings and hooks; {@link #build()} checks them and starts the dispatcher. */
  final class Builder {
    private HeadgateSettings settings = HeadgateSettings.DEFAULT;
    private ContextCarrier contextCarrier = ContextCarrier.NONE;
    private @Nullable HeadgateListener listener;
    private java.nio.file.@Nullable Path countersFile;
    private IdleMode idleMode = IdleMode.PARK;
    private NanoClock nanoClock = SystemNanoClock.INSTANCE;
    private EpochNanoClock epochClock = SystemEpochNanoClock.INSTANCE;
    private @Nullable Journal journal;
    private final Map<String, Handler<?, ?>> handlers = new HashMap<>();

    private Builder() {}

    /** Replaces all bounds at once. */
    public Builder settings(HeadgateSettings settings) {
      this.settings =
          Bounds.notNull("settings", settings, "use HeadgateSettings.DEFAULT or a changed copy");
      return this;
    }

    /** Attempts running at once, 1 to 100,000; 256 by default. */
    public Builder maxInFlight(int maxInFlight) {
      settings = settings.maxInFlight(maxInFlight);
      return this;
    }

    /** Tasks waiting at once, 1 to 1,000,000; 4,096 by default. */
    public Builder maxWaiting(int maxWaiting) {
      settings = settings.maxWaiting(maxWaiting);
      return this;
    }

    /** Percent of the waiting room kept for jobs that have begun, 0 to 90; 25 by default. */
    public Builder begunPercent(int begunPercent) {
      settings = settings.begunPercent(begunPercent);
      return this;
    }

    /** Tokens per minute of all agents together, 1 to 10^9; not limited by default. */
    public Builder tokensPerMinute(long tokensPerMinute) {
      settings = settings.tokensPerMinute(tokensPerMinute);
      return this;
    }

    /** Size of that bucket, 1 to 10^9; a minute's tokens by default. */
    public Builder burstTokens(long burstTokens) {
      settings = settings.burstTokens(burstTokens);
      return this;
    }

    /** Attempts waiting in {@code join} with their permits lent, 1 to 100,000; 256 by default. */
    public Builder maxSuspended(int maxSuspended) {
      settings = settings.maxSuspended(maxSuspended);
      return this;
    }

    /** Registered agents, 1 to 1,000,000; 1,024 by default. */
    public Builder maxAgents(int maxAgents) {
      settings = settings.maxAgents(maxAgents);
      return this;
    }

    /** Registered targets, 1 to 10,000; 128 by default. */
    public Builder maxTargets(int maxTargets) {
      settings = settings.maxTargets(maxTargets);
      return this;
    }

    /** Open jobs and sub-jobs, 1 to 1,000,000; 4,096 by default. */
    public Builder maxJobs(int maxJobs) {
      settings = settings.maxJobs(maxJobs);
      return this;
    }

    /** Tasks held for a human at once, 0 to 100,000; 256 by default. */
    public Builder maxParked(int maxParked) {
      settings = settings.maxParked(maxParked);
      return this;
    }

    /** Tokens that they hold together, 0 to 10^12; ten million by default. */
    public Builder maxParkedTokens(long maxParkedTokens) {
      settings = settings.maxParkedTokens(maxParkedTokens);
      return this;
    }

    /** How long {@code close()} lets running calls finish; 10 seconds by default. */
    public Builder patience(Duration patience) {
      settings = settings.patience(patience);
      return this;
    }

    /** As {@link HeadgateSettings#retrySpreadPercent()}. */
    public Builder retrySpreadPercent(int retrySpreadPercent) {
      settings = settings.retrySpreadPercent(retrySpreadPercent);
      return this;
    }

    /** Carries the submitter's context to the attempt's thread; nothing by default. */
    public Builder contextCarrier(ContextCarrier contextCarrier) {
      this.contextCarrier =
          Bounds.notNull(
              "contextCarrier", contextCarrier, "use ContextCarrier.NONE to carry nothing");
      return this;
    }

    /** Hears of events; none by default. */
    public Builder listener(HeadgateListener listener) {
      this.listener = Bounds.notNull("listener", listener, "leave it out to hear of nothing");
      return this;
    }

    /**
     * Keeps the counters in this file, in Agrona's counters layout, for another process to read;
     * created or overwritten, private to the owner. Only in memory by default.
     */
    public Builder countersFile(java.nio.file.Path countersFile) {
      this.countersFile =
          Bounds.notNull(
              "countersFile", countersFile, "leave it out to keep the counters in memory");
      return this;
    }

    /** What the dispatcher does when idle; {@link IdleMode#PARK} by default. */
    public Builder idleMode(IdleMode idleMode) {
      this.idleMode = Bounds.notNull("idleMode", idleMode, "use IdleMode.PARK");
      return this;
    }

    /** The clocks; the system's by default. Monotonic nanoseconds, and nanoseconds since 1970. */
    public Builder clocks(NanoClock nanoClock, EpochNanoClock epochClock) {
      this.nanoClock = Bounds.notNull("nanoClock", nanoClock, "use SystemNanoClock.INSTANCE");
      this.epochClock =
          Bounds.notNull("epochClock", epochClock, "use SystemEpochNanoClock.INSTANCE");
      return this;
    }

    /**
     * Writes all that happens down: of module {@code io.headgate.journal}, as {@code
     * FolderJournal.in(folder)}. Without it nothing is.
     */
    public Builder journal(Journal journal) {
      this.journal = Bounds.notNull("journal", journal, "leave it out to write nothing down");
      return this;
    }

    /**
     * Registers a handler, whose tasks survive a crash if there is a journal.
     *
     * @throws IllegalArgumentException if another one has its name
     */
    public Builder handler(Handler<?, ?> handler) {
      Bounds.notNull("handler", handler, "make one with Handler.of(name, codec, work)");
      if (handlers.putIfAbsent(handler.name(), handler) != null) {
        throw new IllegalArgumentException(
            "handler " + handler.name() + " is registered twice; give each its own name");
      }
      return this;
    }

    /**
     * Starts a Headgate with its dispatcher on a daemon thread.
     *
     * @throws IllegalArgumentException if settings contradict each other
     */
    public Headgate build() {
      return LiveHeadgate.start(
          settings,
          contextCarrier,
          listener,
          countersFile,
          idleMode,
          nanoClock,
          epochClock,
          journal,
          Map.copyOf(handlers));
    }
  }
}
