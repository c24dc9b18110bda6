package io.headgate.runtime;

import io.headgate.Call;
import io.headgate.Estimate;
import io.headgate.HandledCall;
import io.headgate.Handler;
import io.headgate.Task;
import io.headgate.admission.Earlier;
import io.headgate.admission.Handled;
import io.headgate.admission.Ids;
import io.headgate.admission.KeptArgument;
import io.headgate.recovery.Past;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The handlers that are registered, and what is written of their calls. Immutable; any thread, that
 * of a submitter as a rule, since codecs are user code.
 */
final class HandledCalls {
  /** A payload's most bytes: a larger one would be no record any more. */
  static final int MAX_PAYLOAD = 512 * 1024;

  /**
   * What is kept of a call.
   *
   * @param run where it was admitted first
   * @param task its number there; below 0 if it is admitted only now
   * @param isInDoubt whether it may have been made already, and must not be made twice
   * @param earlier what had become of it before a crash
   * @param estimate as it was asked for
   */
  record Kept(
      String handler,
      Handler.Payload kind,
      KeptArgument payload,
      long run,
      long task,
      boolean isInDoubt,
      Earlier earlier,
      Estimate estimate) {
    Handled of(long taskId) {
      long number = task < 0 ? taskId : task;
      return new Handled(handler, kind.ordinal(), payload, run, number, estimate);
    }
  }

  private final Map<String, Handler<?, ?>> byName;
  private final boolean isJournaled;
  private final boolean isWriteAhead;
  private final long run;

  /**
   * Checks their names.
   *
   * @param journal where calls are kept; null: nowhere
   * @param run the journal's name for this run
   */
  HandledCalls(Map<String, Handler<?, ?>> byName, @Nullable JournalSink journal, long run) {
    byName.keySet().forEach(name -> Ids.check("handler", name));
    this.byName = byName;
    isJournaled = journal != null;
    isWriteAhead = journal != null && journal.isWriteAhead();
    this.run = run;
  }

  @Nullable Handler<?, ?> find(@Nullable String name) {
    return name == null ? null : byName.get(name);
  }

  /**
   * What is to be written of a task's call; null if nothing is.
   *
   * @throws IllegalArgumentException if its handler is not registered, or its argument too long
   */
  @Nullable Kept keep(Task<?> task) {
    if (!isJournaled) {
      return null;
    }
    return switch (task.call()) {
      case RecoveredCall<?> recovered -> recovered.kept();
      case HandledCall<?, ?> call -> keep(call, task.estimate());
      default -> null;
    };
  }

  private Kept keep(HandledCall<?, ?> call, Estimate estimate) {
    Handler<?, ?> handler = call.handler();
    if (byName.get(handler.name()) != handler) {
      throw new IllegalArgumentException(
          "handler "
              + handler.name()
              + " is not registered with this Headgate, or another one has its name; use"
              + " Headgate.builder().handler(handler)");
    }
    KeptArgument payload =
        switch (handler.payload()) {
          case NONE -> KeptArgument.NOTHING;
          case DIGEST -> new KeptArgument(sha256(call.encoded()));
          case FULL -> new KeptArgument(call.encoded());
        };
    if (payload.length() > MAX_PAYLOAD) {
      throw new IllegalArgumentException(
          "an argument of handler "
              + handler.name()
              + " has "
              + payload.length()
              + " bytes, but must have at most "
              + MAX_PAYLOAD
              + "; store it elsewhere, and give the call its name");
    }
    return new Kept(
        handler.name(), handler.payload(), payload, run, -1, false, Earlier.NOTHING, estimate);
  }

  /** Whether a crash would lose it, and nobody said that this is well. */
  boolean isNotRecoverable(Task<?> task) {
    return isWriteAhead
        && !task.isEphemeral()
        && !(task.call() instanceof RecoveredCall)
        && !(task.call() instanceof HandledCall<?, ?> call
            && call.handler().payload() == Handler.Payload.FULL);
  }

  /**
   * The call that was kept; null if it cannot be made again.
   *
   * @param mustAsk whether it may have been made already, and must not be made twice
   * @param earlier what had become of it, by this Headgate's clock
   */
  @Nullable RecoveredCall<?> call(
      Past.PastTask task, boolean mustAsk, Earlier earlier, ErrorLog errors) {
    Handler<?, ?> handler = find(task.handler());
    KeptArgument payload = task.payload();
    if (handler == null || payload == null) {
      return null;
    }
    Kept kept =
        new Kept(
            handler.name(),
            Handler.Payload.FULL,
            payload,
            task.run(),
            task.task(),
            mustAsk,
            earlier,
            task.estimate());
    try {
      return new RecoveredCall<>(decoded(handler, payload.bytes()), kept);
    } catch (RuntimeException e) {
      errors.ofUser("the codec of handler " + handler.name(), e);
      return null;
    }
  }

  private static <A> Call<?> decoded(Handler<A, ?> handler, byte[] payload) {
    return handler.call(handler.codec().decode(payload));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has it", e);
    }
  }
}
