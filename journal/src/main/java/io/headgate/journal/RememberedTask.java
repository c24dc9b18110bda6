package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;

/** What was written of a task, to be asked what that means; its gates are nobody's. */
final class RememberedTask extends Reservation {
  private static final AgentGate AGENT =
      new AgentGate("nobody", 0, AgentSettings.DEFAULT, NobodyAsks.HERE);
  private static final TargetGate TARGET =
      new TargetGate("nothing", 0, TargetSettings.DEFAULT, NobodyAsks.HERE);
  private static final JobAccount JOB =
      new JobAccount(0L, 0, null, Long.MAX_VALUE, JobSettings.DEFAULT) {};

  RememberedTask(long marks, long arguments, long inputTokens, long outputTokens, long moneyNanos) {
    super(AGENT, TARGET, JOB, arguments, inputTokens, outputTokens, 0, Long.MAX_VALUE, 0);
    restore(marks, moneyNanos, 0);
  }
}
