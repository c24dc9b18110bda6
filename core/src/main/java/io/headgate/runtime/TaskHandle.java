package io.headgate.runtime;

import io.headgate.Admitted;
import io.headgate.Call;
import io.headgate.Outcome;
import io.headgate.Priority;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one object that a submission allocates: reservation and handle. The submitter writes it
 * before it is published; the dispatcher completes it once; any thread may wait for that.
 */
sealed class TaskHandle<T extends @Nullable Object> extends Reservation implements Admitted<T>
    permits HandledHandle, HedgeHandle, PartHandle {
  /** Somebody who waits for the outcome: a thread, or an action for a helper thread. */
  static final class Waiter {
    // Volatile, as in FutureTask: who unlinks itself must see that its neighbour does so too.
    volatile @Nullable Thread thread;
    final @Nullable Runnable action;
    volatile @Nullable Waiter next;

    Waiter(@Nullable Thread thread, @Nullable Runnable action) {
      this.thread = thread;
      this.action = action;
    }
  }

  /** In {@link #waiters} once the outcome is there. */
  private static final Waiter DONE = new Waiter(null, null);

  private static final VarHandle WAITERS;
  private static final VarHandle CANCELLED;

  static {
    try {
      var lookup = MethodHandles.lookup();
      WAITERS = lookup.findVarHandle(TaskHandle.class, "waiters", Waiter.class);
      CANCELLED = lookup.findVarHandle(TaskHandle.class, "cancelled", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Call<? extends T> call;
  private volatile @Nullable Waiter waiters;
  private volatile boolean cancelled;

  /** Its failure was, or might have been, tried again; by an attempt's thread before its end. */
  private boolean triedBelow;

  // Guarded by waiters == DONE.
  private @Nullable Outcome<T> outcome;

  /** The attempt that runs; the dispatcher's and its own thread's. */
  @Nullable LiveAttempt<T> attempt;

  TaskHandle(
      Call<? extends T> call,
      AgentGate agent,
      TargetGate target,
      LiveJob job,
      Priority priority,
      int depth,
      long arguments,
      long inputTokens,
      long outputTokens,
      long moneyNanos,
      long admittedNs,
      long startByNs) {
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
  }

  /** Of a second attempt beside this one's. */
  TaskHandle(TaskHandle<T> of, long admittedNs, long startByNs) {
    super(of, admittedNs, startByNs);
    call = of.call;
  }

  /** The handle that the submitter has. */
  TaskHandle<T> original() {
    return this;
  }

  Call<? extends T> call() {
    return call;
  }

  LiveJob job() {
    return (LiveJob) account();
  }

  /** As {@link io.headgate.Attempt#idempotencyKey()}. */
  String idempotencyKey() {
    return key(job().runtime().run(), taskId());
  }

  static String key(long run, long task) {
    return Long.toHexString(run) + "-" + task;
  }

  boolean isCancelled() {
    return cancelled;
  }

  void setTriedBelow() {
    triedBelow = true;
  }

  /** Whether it failed, and who waited for it is not to be tried again for that. */
  boolean wasTriedBelow() {
    return isDone() && triedBelow && !(done() instanceof Outcome.Completed);
  }

  boolean isDone() {
    return waiters == DONE;
  }

  /**
   * Gives the outcome, once, on the dispatcher's thread.
   *
   * @return who waited, newest first
   */
  @Nullable Waiter complete(Outcome<T> outcome) {
    assert this.outcome == null : "completed twice";
    this.outcome = outcome;
    return (Waiter) WAITERS.getAndSet(this, DONE);
  }

  /** The outcome, which is there. */
  Outcome<T> done() {
    Outcome<T> outcome = this.outcome;
    assert outcome != null;
    return outcome;
  }

  @Override
  public long id() {
    return taskId();
  }

  @Override
  public Outcome<T> join() throws InterruptedException {
    LiveAttempt<?> current = LiveAttempt.ofThisThread();
    if (!isDone()) {
      if (current != null && current.sharesRuntimeWith(this)) {
        current.lendWhile(this, Long.MAX_VALUE);
      } else {
        await(Long.MAX_VALUE);
      }
    }
    tell(current);
    return done();
  }

  @Override
  public Optional<Outcome<T>> join(Duration timeout) throws InterruptedException {
    Objects.requireNonNull(timeout, "timeout is null; use join() to wait for ever");
    LiveAttempt<?> current = LiveAttempt.ofThisThread();
    if (!isDone()) {
      long nanos = toNanos(timeout);
      if (current != null && nanos > 0 && current.sharesRuntimeWith(this)) {
        current.lendWhile(this, nanos);
      } else {
        await(nanos);
      }
    }
    tell(current);
    return outcome();
  }

  // Also if there was nothing to wait for.
  private void tell(@Nullable LiveAttempt<?> joiner) {
    if (joiner != null) {
      joiner.joined(this);
    }
  }

  static long toNanos(Duration timeout) {
    try {
      return Math.max(0, timeout.toNanos());
    } catch (ArithmeticException e) {
      return timeout.isNegative() ? 0 : Long.MAX_VALUE;
    }
  }

  // Waits at most so long; MAX_VALUE for ever.
  private void await(long nanos) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (nanos == 0) {
      return;
    }
    Waiter waiter = new Waiter(Thread.currentThread(), null);
    if (!push(waiter)) {
      return;
    }
    long start = nanos == Long.MAX_VALUE ? 0 : job().clock().nanoTime();
    while (!isDone()) {
      if (nanos == Long.MAX_VALUE) {
        LockSupport.park(this);
      } else {
        long left = nanos - (job().clock().nanoTime() - start);
        if (left <= 0) {
          forget(waiter);
          return;
        }
        LockSupport.parkNanos(this, left);
      }
      if (Thread.interrupted()) {
        forget(waiter);
        throw new InterruptedException();
      }
    }
  }

  private boolean push(Waiter waiter) {
    while (true) {
      Waiter head = waiters;
      if (head == DONE) {
        return false;
      }
      waiter.next = head;
      if (WAITERS.compareAndSet(this, head, waiter)) {
        return true;
      }
    }
  }

  // As FutureTask does: a waiter that gave up is emptied, then the emptied ones are unlinked.
  private void forget(Waiter waiter) {
    waiter.thread = null;
    while (true) {
      Waiter before = null;
      Waiter at = waiters;
      boolean raced = false;
      while (at != null && at != DONE) {
        Waiter next = at.next;
        if (at.thread != null || at.action != null) {
          before = at;
        } else if (before != null) {
          before.next = next;
          raced = before.thread == null && before.action == null;
        } else {
          raced = !WAITERS.compareAndSet(this, at, next);
        }
        if (raced) {
          break;
        }
        at = next;
      }
      if (!raced) {
        return;
      }
    }
  }

  @Override
  public boolean cancel() {
    if (isDone() || !CANCELLED.compareAndSet(this, false, true)) {
      return false;
    }
    job().runtime().ring().publish(Input.Kind.TASK_CANCELLED, this);
    return true;
  }

  @Override
  public CompletableFuture<Void> durable() {
    return job().runtime().durable(taskId());
  }

  @Override
  public Optional<Outcome<T>> outcome() {
    return isDone() ? Optional.of(done()) : Optional.empty();
  }

  /** Runs the action on a helper thread once the outcome is there; on this one if it is already. */
  void whenDone(Runnable action) {
    if (!push(new Waiter(null, action))) {
      action.run();
    }
  }

  @Override
  public CompletableFuture<Outcome<T>> toCompletableFuture() {
    var future =
        new CompletableFuture<Outcome<T>>() {
          @Override
          public boolean cancel(boolean mayInterruptIfRunning) {
            boolean first = super.cancel(mayInterruptIfRunning);
            if (first) {
              TaskHandle.this.cancel();
            }
            return first;
          }
        };
    whenDone(() -> future.complete(done()));
    return future;
  }

  @Override
  public String toString() {
    return "Admitted[task "
        + taskId()
        + ", "
        + agentGate().id()
        + " -> "
        + targetGate().id()
        + (isDone() ? ", " + done().getClass().getSimpleName() : "")
        + "]";
  }
}
