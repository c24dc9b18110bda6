package io.headgate.simulation;

import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.admission.Earlier;
import io.headgate.admission.Handled;
import io.headgate.admission.KeptArgument;
import org.jspecify.annotations.Nullable;

/**
 * A call of a handler, which is written down as the runtime does it.
 *
 * @param argument by which it is known, also after a crash
 * @param run where it was admitted first
 * @param task its number there; below 0 if it is admitted only now
 * @param isInDoubt whether it may have been made already, and must not be made twice
 */
record KeptCall(
    Handler<String, ?> handler,
    String argument,
    long run,
    long task,
    boolean isInDoubt,
    Estimate estimate,
    Earlier earlier,
    VirtualCall work)
    implements VirtualCall {
  @Override
  public void run(VirtualAttempt attempt) throws CallFailed, Actor.Interrupted {
    work.run(attempt);
  }

  Handled of(long taskId) {
    KeptArgument payload =
        handler.payload() == Handler.Payload.FULL
            ? new KeptArgument(handler.codec().encode(argument))
            : KeptArgument.NOTHING;
    return new Handled(
        handler.name(),
        handler.payload().ordinal(),
        payload,
        run,
        task < 0 ? taskId : task,
        estimate);
  }

  static @Nullable Handled of(VirtualCall call, long taskId) {
    return call instanceof KeptCall kept ? kept.of(taskId) : null;
  }
}
