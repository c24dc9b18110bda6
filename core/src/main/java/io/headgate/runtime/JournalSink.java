package io.headgate.runtime;

import io.headgate.OperatorWord;
import io.headgate.Refusal;
import io.headgate.admission.AgentGate;
import io.headgate.admission.TargetGate;
import io.headgate.recovery.RecoveryRecorder;
import org.jspecify.annotations.Nullable;

/**
 * Where a Headgate's dispatcher writes down what happens. Called on its thread, but for {@link
 * #durable} and {@link #isBehind}; never blocks, whatever the disk does, and throws nothing.
 */
public interface JournalSink extends RecoveryRecorder {
  /** How often it is told how much was refused, in nanoseconds. */
  long refusalsEveryNs();

  /** Whether it is told of each refusal too. */
  boolean wantsEachRefusal();

  /** Whether there is room for what may as well be lost. */
  boolean hasRoom();

  /**
   * So much was refused since that time; it is no input of the engine, and changes nothing.
   *
   * @param agent of whom alone; null of all
   * @param target at which alone; null at all
   * @param byReason by the reasons' ordinals; the array is used again
   * @param lost how many of these nobody was told of by itself, though that was wanted
   */
  void refused(
      long sinceNs,
      long nowNs,
      @Nullable AgentGate agent,
      @Nullable TargetGate target,
      long[] byReason,
      long lost);

  /** A task was refused. Only if that is wanted. */
  void refused(
      long stampNs,
      String job,
      AgentGate agent,
      TargetGate target,
      Refusal reason,
      long retryAfterNs);

  /** What an operator said, who and why. What came of it is an input of its own, beside it. */
  void said(long stampNs, OperatorWord word);

  /** The dispatcher has ended. What was written is on its way to the disk, in bounded time. */
  void close(long nowNs, long digest);
}
