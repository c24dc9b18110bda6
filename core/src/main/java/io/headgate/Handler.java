package io.headgate;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call registered by name, with a codec for its argument, so that its tasks survive a crash: see
 * {@link Headgate#recover()}. Immutable; may be given to any number of Headgates.
 *
 * <pre>{@code
 * static final Handler<String, Answer> ASK =
 *     Handler.of("ask", Codec.UTF_8, (attempt, question) -> ask(attempt, question))
 *         .payload(Handler.Payload.FULL)
 *         .idempotent(true);
 *
 * var headgate = Headgate.builder().journal(FolderJournal.in(folder)).handler(ASK).build();
 * job.submit(Task.of(agent, model, Estimate.of(900, 500), ASK.call("why?")));
 * }</pre>
 *
 * @param <A> what it is given
 * @param <T> what it answers
 */
public final class Handler<A, T extends @Nullable Object> {
  /** The work. */
  @FunctionalInterface
  public interface Work<A, T extends @Nullable Object> {
    /** As {@link Call#run}, with the argument. */
    T run(Attempt attempt, A argument) throws Exception;
  }

  /** What the journal keeps of an argument. */
  public enum Payload {
    /** Nothing: its tasks are lost in a crash. */
    NONE,
    /** The SHA-256 of what the codec made of it, for audit: its tasks are lost in a crash. */
    DIGEST,
    /** All, as the codec makes it. */
    FULL
  }

  /** What becomes of a call that may have been made, or not, when the process died. */
  public enum InDoubt {
    /** It is held for a human as {@link ParkReason#IN_DOUBT}. */
    PARK,
    /** It ends as {@link Recovery.Fate#IN_DOUBT}. */
    END
  }

  private final String name;
  private final Codec<A> codec;
  private final Work<A, T> work;
  private final Payload payload;
  private final boolean idempotent;
  private final InDoubt inDoubt;

  private Handler(
      String name,
      Codec<A> codec,
      Work<A, T> work,
      Payload payload,
      boolean idempotent,
      InDoubt inDoubt) {
    this.name = name;
    this.codec = codec;
    this.work = work;
    this.payload = payload;
    this.idempotent = idempotent;
    this.inDoubt = inDoubt;
  }

  /**
   * One of whose arguments nothing is kept, since they may be secret: say {@link Payload#FULL} if
   * its tasks are to survive a crash. Its calls are not idempotent, and are parked in doubt.
   *
   * @param name as ids are, which is checked when it is registered; later versions of the host must
   *     know it
   */
  public static <A, T extends @Nullable Object> Handler<A, T> of(
      String name, Codec<A> codec, Work<A, T> work) {
    return new Handler<>(
        Objects.requireNonNull(name, "name is null; give one that later versions know"),
        Objects.requireNonNull(codec, "codec is null; use Codec.UTF_8 for texts"),
        Objects.requireNonNull(work, "work is null; give the work to do"),
        Payload.NONE,
        false,
        InDoubt.PARK);
  }

  /** The same, of whose arguments that is kept. */
  public Handler<A, T> payload(Payload payload) {
    Objects.requireNonNull(payload, "payload is null; use Payload.FULL");
    return new Handler<>(name, codec, work, payload, idempotent, inDoubt);
  }

  /**
   * The same, whose call may be made again when nobody knows whether it was made. Give the provider
   * {@link Attempt#idempotencyKey()}, which is the same then.
   */
  public Handler<A, T> idempotent(boolean idempotent) {
    return new Handler<>(name, codec, work, payload, idempotent, inDoubt);
  }

  /** The same with another lot of calls in doubt; without meaning for idempotent ones. */
  public Handler<A, T> inDoubt(InDoubt inDoubt) {
    Objects.requireNonNull(inDoubt, "inDoubt is null; use InDoubt.PARK");
    return new Handler<>(name, codec, work, payload, idempotent, inDoubt);
  }

  /** A call with that argument. */
  public Call<T> call(A argument) {
    return new HandledCall<>(
        this, Objects.requireNonNull(argument, "argument is null; give what the call needs"));
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** For its arguments. */
  public Codec<A> codec() {
    return codec;
  }

  /** What the journal keeps of them. */
  public Payload payload() {
    return payload;
  }

  /** Whether its calls may be made again when nobody knows whether they were made. */
  public boolean isIdempotent() {
    return idempotent;
  }

  /** What becomes of those that may not. */
  public InDoubt inDoubt() {
    return inDoubt;
  }

  Work<A, T> work() {
    return work;
  }

  @Override
  public String toString() {
    return "Handler[" + name + "]";
  }
}
