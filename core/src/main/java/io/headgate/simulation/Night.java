package io.headgate.simulation;

import io.headgate.AgentSettings;
import io.headgate.CallClass;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.ProviderQuota;
import io.headgate.SpendingLimits;
import io.headgate.TargetSettings;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One run of a Headgate as it is on record: who asked for what, when, and how each call went; to be
 * flown again by {@link Rerun}. Times are nanoseconds since its start. Immutable; its size is that
 * of its jobs' scripts: some 200 bytes a call and 100 an attempt.
 *
 * @param settings that it starts with
 * @param words what was registered, changed and said, in the order of time; what was registered at
 *     some time is there from the start
 * @param jobs in the order of their opening
 * @param unseen refusals of which no job is on record
 * @param asksAgain how often a call is asked for again that is refused for a while
 */
public record Night(
    HeadgateSettings settings,
    List<Word> words,
    List<Job> jobs,
    List<Unseen> unseen,
    int asksAgain) {

  /** Something that an owner or an operator does. */
  public record Word(long atNs, Consumer<Stage> said) {}

  /** On which it is done. Holds are for so many nanoseconds; 0 ends one. */
  public interface Stage {
    void set(String agent, AgentSettings settings);

    void set(String target, TargetSettings settings);

    void removeAgent(String agent);

    void removeTarget(String target);

    void holdAgent(String agent, long forNs);

    void holdTarget(String target, long forNs);

    void holdAll(int lowest, boolean starts, long forNs);

    /**
     * Somebody forces a breaker.
     *
     * @param agent of whose calls; null for everybody's
     */
    void forceBreaker(String target, @Nullable String agent, boolean open, long forNs);

    void limitSpending(SpendingLimits limits);

    void limitRate(long tokensPerMinute, long burstTokens);

    void limitParking(int maxParked, long maxParkedTokens);

    void spreadRetries(int percent);
  }

  /** So many submissions were refused between these times. */
  public record Unseen(long fromNs, long toNs, long times) {}

  /**
   * A job's script.
   *
   * @param parent the number of the job that it is a part of; -1 for none
   * @param calls in the order in which they were let in; those that others made are among them
   * @param ends the numbers of the calls that its client made, in the order of their ends
   * @param closesAfter so many of these ends its client closed it; -1 if it never did
   * @param closeNs how much later
   * @param changes of its settings
   * @param done whether the last of them completed
   */
  public record Job(
      long atNs,
      int parent,
      JobSettings settings,
      List<Call> calls,
      List<Integer> ends,
      int closesAfter,
      long closeNs,
      List<Change> changes,
      boolean done) {
    /** Whether it came, and nothing of it was let in. */
    public boolean isSilent() {
      return parent < 0 && calls.isEmpty();
    }
  }

  /**
   * A job's budgets and limits, as its owner or an operator changed them.
   *
   * @param afterNs its opening
   */
  public record Change(long afterNs, JobSettings to) {}

  /**
   * A call.
   *
   * @param outputTokens that it was to have at most; -1 if its target's settings said so
   * @param ttlNs {@link Long#MAX_VALUE} for none
   * @param after so many ends of its client's calls it came; -1 if an attempt made it
   * @param thinkNs so much later; after the job's opening if there was no end
   * @param completed whether it did
   * @param cancelNs how long after its admission it was cancelled; {@link Long#MAX_VALUE} for never
   * @param attempts in their order
   */
  public record Call(
      String agent,
      String target,
      long inputTokens,
      long outputTokens,
      Priority priority,
      long ttlNs,
      long arguments,
      boolean degradable,
      boolean wrapsUp,
      boolean idempotent,
      int after,
      long thinkNs,
      boolean completed,
      long cancelNs,
      List<Attempt> attempts) {}

  /** How an attempt went. */
  public enum End {
    /** To its own end. */
    OVER,
    /** To its target's timeout. */
    HANGS,
    /** It was stopped for another reason: it would have gone on. */
    CUT_SHORT
  }

  /** What is known of what an attempt used. */
  public enum Use {
    /** The provider said so. */
    REPORTED,
    /** It charged as it came. */
    CHARGED,
    /** Nothing: all that was held counts. */
    UNKNOWN
  }

  /**
   * An attempt.
   *
   * @param ranNs without the time for which it waited for others
   * @param lateNs how long it went on after it was told to stop
   * @param quota what its provider said of its limits
   * @param acts what it did meanwhile
   */
  public record Attempt(
      int number,
      int rung,
      long startedNs,
      long ranNs,
      End end,
      long lateNs,
      CallClass callClass,
      long retryAfterNs,
      Use use,
      long inputTokens,
      long outputTokens,
      ProviderQuota quota,
      List<Act> acts) {}

  /**
   * An attempt made another call, or waits for one.
   *
   * @param afterNs its start, without the time for which it waited for others
   * @param call its number in the job
   * @param joins whether it waits
   * @param patienceNs for how long at most; {@link Long#MAX_VALUE} for its end
   */
  public record Act(long afterNs, int call, boolean joins, long patienceNs) {}
}
