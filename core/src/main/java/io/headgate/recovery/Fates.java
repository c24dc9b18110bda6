package io.headgate.recovery;

import io.headgate.Handler;
import io.headgate.Recovery.Fate;
import io.headgate.Refusal;
import io.headgate.admission.Earlier;
import io.headgate.admission.JobAccount;
import io.headgate.recovery.Past.PastTask;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** What becomes of a task of the past. Decided here alone, for whoever carries it out. */
public final class Fates {
  private Fates() {}

  /** Whether its call may have been made already, and must not be made twice. */
  public static boolean mustAsk(PastTask task, @Nullable Handler<?, ?> handler) {
    return task.isInFlight() && (handler == null || !handler.isIdempotent());
  }

  /**
   * What is known of one that is submitted once more. Nobody is asked again for what has begun,
   * unless it is in doubt.
   *
   * @param ofEpochNs what a time of day is by the Headgate's clock
   */
  public static Earlier earlier(PastTask task, boolean mustAsk, LongUnaryOperator ofEpochNs) {
    return new Earlier(
        task.attempts(),
        task.parkedNs() == 0 ? Earlier.NOT_PARKED : ofEpochNs.applyAsLong(task.parkedNs()),
        !mustAsk && (task.wasAsked() || task.attempts() > 0));
  }

  /**
   * What becomes of it without being submitted once more; null if it is to be.
   *
   * @param handler the one of its name; null if it has none, or none is registered
   * @param job its job, if that is open or was a moment ago
   * @param isUnknown whether its agent or its target is not registered
   * @param epochNs the time of day
   */
  public static @Nullable Fate beforehand(
      PastTask task,
      @Nullable Handler<?, ?> handler,
      @Nullable JobAccount job,
      boolean isUnknown,
      long epochNs) {
    if (task.isInFlight() && (handler == null || task.isPart() || job == null)) {
      return Fate.IN_DOUBT;
    }
    if (mustAsk(task, handler) && handler != null && handler.inDoubt() == Handler.InDoubt.END) {
      return Fate.IN_DOUBT;
    }
    if (job == null || job.isClosed() || task.startByNs() <= epochNs) {
      return Fate.EXPIRED;
    }
    if (task.isPart()) {
      return Fate.LOST;
    }
    return isUnknown ? Fate.POSTPONED : null;
  }

  /**
   * What becomes of one that was submitted once more, or could not be.
   *
   * @param isAdmitted whether it was let in
   * @param refusal why not; null if it could not even be submitted
   */
  public static Fate afterwards(
      PastTask task,
      @Nullable Handler<?, ?> handler,
      boolean isAdmitted,
      @Nullable Refusal refusal) {
    if (isAdmitted) {
      return !task.isInFlight()
          ? Fate.WAITS
          : mustAsk(task, handler) ? Fate.PARKED : Fate.RUNS_AGAIN;
    }
    if (refusal != null && refusal.retryable()) {
      return Fate.POSTPONED;
    }
    return task.isInFlight() ? Fate.IN_DOUBT : Fate.LOST;
  }
}
