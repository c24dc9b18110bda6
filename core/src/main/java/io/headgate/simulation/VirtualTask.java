package io.headgate.simulation;

import io.headgate.Priority;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Earlier;
import io.headgate.admission.Handled;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.Ending;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A task in virtual time: the real reservation, its call, and who waits for its end. */
final class VirtualTask extends Reservation {
  private record Waiter(Actor actor, long pause) {}

  final VirtualCall call;
  private final List<Waiter> waiters = new ArrayList<>(1);
  boolean cancelled;
  @Nullable Ending ending;

  /** When it ended, if it has. */
  long endedNs;

  /** Its failure was, or might have been, tried again. */
  boolean triedBelow;

  /** Whose second attempt this is held for. */
  final @Nullable VirtualTask hedgeOf;

  /** Of which probe's call it is part. */
  @Nullable Trial partOf;

  /** Whether its caller was one that hands on of which probes it is part. */
  boolean handedOn;

  /** The referee's: those. */
  List<CutoffBooks.Opening> openings = List.of();

  /** And those that its attempt hands on: its own too. */
  List<CutoffBooks.Opening> handsOn = List.of();

  /** The attempt that runs. */
  @Nullable VirtualAttempt attempt;

  /** What its call said, if it failed. */
  @Nullable CallFailed failure;

  VirtualTask(
      AgentGate agent,
      TargetGate target,
      VirtualJob job,
      Priority priority,
      int depth,
      long arguments,
      long inputTokens,
      long outputTokens,
      long moneyNanos,
      long admittedNs,
      long startByNs,
      VirtualCall call) {
    super(
        agent,
        target,
        job,
        priority,
        depth,
        arguments,
        inputTokens,
        outputTokens,
        moneyNanos,
        admittedNs,
        startByNs);
    this.call = call;
    hedgeOf = null;
  }

  /** For a second attempt beside the first of that one. */
  VirtualTask(VirtualTask of, long admittedNs, long startByNs) {
    super(of, admittedNs, startByNs);
    call = of.call;
    hedgeOf = of;
  }

  /** That of the submitter. */
  VirtualTask original() {
    return hedgeOf == null ? this : hedgeOf;
  }

  boolean isCancelled() {
    return original().cancelled;
  }

  VirtualJob job() {
    return (VirtualJob) account();
  }

  boolean isDone() {
    return ending != null;
  }

  /** Waits for its end, outside of any call. */
  void await() throws Actor.Interrupted {
    while (!isDone()) {
      register();
      actor().pause();
    }
  }

  /** Waits for its end, at most so long; answers whether it has ended. */
  boolean await(long ns) throws Actor.Interrupted {
    Agenda agenda = actor().world().agenda;
    long untilNs = agenda.nowNs() + ns;
    while (!isDone() && agenda.nowNs() < untilNs) {
      register();
      actor().pause(untilNs - agenda.nowNs());
    }
    return isDone();
  }

  private void register() {
    Actor actor = actor();
    waiters.add(new Waiter(actor, actor.pauseNumber()));
  }

  private static Actor actor() {
    Actor actor = Actor.current();
    if (actor == null) {
      throw new IllegalStateException("only an actor can wait");
    }
    return actor;
  }

  /** Wakes who waits. */
  void wakeWaiters() {
    for (Waiter waiter : waiters) {
      waiter.actor.wake(waiter.pause);
    }
    waiters.clear();
  }

  @Override
  public String toString() {
    return hedgeOf == null ? "task " + taskId() : "hedge " + taskId() + " of " + hedgeOf;
  }

  @Override
  public @Nullable Handled handled() {
    return KeptCall.of(call, taskId());
  }

  @Override
  public Earlier earlier() {
    return call instanceof KeptCall kept ? kept.earlier() : super.earlier();
  }

  @Override
  public @Nullable Trial trial() {
    return partOf;
  }
}
