package io.headgate.journal;

import io.headgate.admission.AgentGate;
import io.headgate.admission.Earlier;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.journal.sbe.TaskAdmittedDecoder;
import org.jspecify.annotations.Nullable;

/** A task as its record says. */
final class ReplayedTask extends Reservation {
  private final @Nullable Trial trial;
  private final Earlier earlier;

  /**
   * As the record says.
   *
   * @param trial of which probes it is part
   * @param earlier what had become of it before a crash
   */
  ReplayedTask(
      TaskAdmittedDecoder record,
      AgentGate agent,
      TargetGate target,
      JobAccount job,
      @Nullable Trial trial,
      Earlier earlier) {
    super(
        agent,
        target,
        job,
        record.arguments(),
        record.inputTokens(),
        record.outputTokens(),
        record.admittedNs(),
        record.startByNs(),
        record.timeoutNs());
    this.trial = trial;
    this.earlier = earlier;
    number(record.task());
    restore(record.marks(), record.moneyNanos(), record.takenNs());
  }

  @Override
  public @Nullable Trial trial() {
    return trial;
  }

  @Override
  public Earlier earlier() {
    return earlier;
  }
}
